package io.vectorferry.producer.mongo.references;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;

/**
 * The decision for each reference of one document. Old and new ids may be the same numbers ({@code allocate}
 * counts from 1), so an id alone does not tell whether it was rewritten: the journal does.
 */
public record ReferenceDecision(
        List<RewriteJournal.Entry> toRewrite, List<RewriteJournal.Entry> toConfirm, ReferencesReport found) {

    private enum Kind {
        REWRITE,
        DONE,
        UNMAPPED,
        UNCLEAR
    }

    public static ReferenceDecision of(
            BsonDocument document,
            List<Reference> references,
            List<RewriteJournal.Entry> noted,
            NewIds ids,
            String dataset) {
        List<RewriteJournal.Entry> toRewrite = new ArrayList<>();
        List<RewriteJournal.Entry> toConfirm = new ArrayList<>();
        Map<Kind, Long> counts = new EnumMap<>(Kind.class);
        for (Reference reference : references) {
            Optional<TargetKey.Id> id = ids.of(reference.text());
            Kind kind = kind(reference, noted, id);
            counts.merge(kind, 1L, Long::sum);
            if (kind == Kind.REWRITE) {
                id.map(reference::given)
                        .ifPresent(given -> toRewrite.add(new RewriteJournal.Entry(
                                document.get("_id", BsonNull.VALUE),
                                reference.path(),
                                reference.value(),
                                given,
                                datasetOf(document, dataset),
                                false)));
            }
            noted.stream()
                    .filter(one -> one.isAt(reference) && one.newId().equals(reference.value()) && !one.confirmed())
                    .forEach(toConfirm::add);
        }
        return new ReferenceDecision(
                toRewrite,
                toConfirm,
                new ReferencesReport(
                        1,
                        references.size(),
                        counts.getOrDefault(Kind.REWRITE, 0L),
                        counts.getOrDefault(Kind.DONE, 0L),
                        counts.getOrDefault(Kind.UNMAPPED, 0L),
                        counts.getOrDefault(Kind.UNCLEAR, 0L)));
    }

    private static Kind kind(Reference reference, List<RewriteJournal.Entry> noted, Optional<TargetKey.Id> id) {
        BsonValue value = reference.value();
        Optional<RewriteJournal.Entry> here =
                noted.stream().filter(one -> one.isAt(reference)).findFirst();
        if (here.filter(one -> one.newId().equals(value)).isPresent()) {
            return Kind.DONE;
        }
        boolean begun = here.filter(one -> !one.confirmed() && one.oldId().equals(value))
                .isPresent();
        if (!begun && noted.stream().anyMatch(one -> one.newId().equals(value))) {
            return id.isEmpty() ? Kind.DONE : Kind.UNCLEAR; // it was moved within its document
        }
        if (id.isEmpty()) {
            return Kind.UNMAPPED;
        }
        return reference.given(id.get()).equals(value) ? Kind.DONE : Kind.REWRITE;
    }

    private static BsonValue datasetOf(BsonDocument document, String dataset) {
        BsonValue value = document;
        for (String part : dataset.split("\\.", -1)) {
            value = value.isDocument() ? value.asDocument().get(part, BsonNull.VALUE) : BsonNull.VALUE;
        }
        return value;
    }
}
