package io.vectorferry.producer.mongo.references;

import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** Gives the references of a page of documents their new ids: noted, updated, confirmed. */
public final class RewriteRun {
    /** How often a document is tried again that the application edited between reading and writing. */
    private static final int MAX_ATTEMPTS = 5;

    private final MongoConfig config;
    private final ReferenceUpdates updates;
    private final RewriteJournal journal;
    private final NewIds ids;

    RewriteRun(MongoConfig config, ReferenceUpdates updates, RewriteJournal journal, NewIds ids) {
        this.config = config;
        this.updates = updates;
        this.journal = journal;
        this.ids = ids;
    }

    public ReferencesReport preview(Map<BsonValue, BsonDocument> page) {
        return verdicts(page).values().stream()
                .map(ReferenceDecision::found)
                .reduce(ReferencesReport.NONE, ReferencesReport::plus);
    }

    public ReferencesReport apply(Map<BsonValue, BsonDocument> page) {
        Map<BsonValue, ReferencesReport> reports = new HashMap<>();
        Map<BsonValue, BsonDocument> remaining = page;
        for (int attempt = 0; attempt < MAX_ATTEMPTS && !remaining.isEmpty(); attempt++) {
            Map<BsonValue, ReferenceDecision> verdicts = verdicts(remaining);
            verdicts.forEach((id, verdict) -> reports.put(id, verdict.found()));
            journal.confirm(verdicts.values().stream()
                    .flatMap(verdict -> verdict.toConfirm().stream())
                    .toList());
            verdicts.values().removeIf(verdict -> verdict.toRewrite().isEmpty());
            remaining = write(verdicts);
        }
        remaining.keySet().forEach(id -> reports.computeIfPresent(id, (key, report) -> asEdited(report)));
        return reports.values().stream().reduce(ReferencesReport.NONE, ReferencesReport::plus);
    }

    /** Returns those documents, read again, that had been edited. */
    private Map<BsonValue, BsonDocument> write(Map<BsonValue, ReferenceDecision> verdicts) {
        Map<BsonValue, List<ReferenceUpdates.Change>> changes = new HashMap<>();
        List<RewriteJournal.Entry> noted = new ArrayList<>();
        verdicts.forEach((id, verdict) -> {
            noted.addAll(verdict.toRewrite());
            changes.put(
                    id,
                    verdict.toRewrite().stream()
                            .map(one -> new ReferenceUpdates.Change(id, one.path(), one.oldId(), one.newId()))
                            .toList());
        });
        journal.note(noted);
        if (updates.set(changes)) {
            journal.confirm(noted);
            return Map.of();
        }
        return settle(verdicts);
    }

    /** Some document was edited; which, only reading them again tells. */
    private Map<BsonValue, BsonDocument> settle(Map<BsonValue, ReferenceDecision> verdicts) {
        Map<BsonValue, BsonDocument> now = updates.read(verdicts.keySet());
        Map<BsonValue, BsonDocument> edited = new HashMap<>();
        verdicts.forEach((id, verdict) -> {
            BsonDocument document = now.getOrDefault(id, new BsonDocument());
            if (isWritten(document, verdict)) {
                journal.confirm(verdict.toRewrite());
            } else {
                journal.forget(verdict.toRewrite());
                edited.put(id, document);
            }
        });
        edited.keySet().retainAll(now.keySet());
        return edited;
    }

    private boolean isWritten(BsonDocument document, ReferenceDecision verdict) {
        List<Reference> references = config.references().in(document);
        return verdict.toRewrite().stream().anyMatch(one -> references.stream()
                .anyMatch(reference -> one.isAt(reference) && reference.value().equals(one.newId())));
    }

    private Map<BsonValue, ReferenceDecision> verdicts(Map<BsonValue, BsonDocument> page) {
        Map<BsonValue, List<RewriteJournal.Entry>> noted = journal.of(page.keySet());
        Map<BsonValue, ReferenceDecision> verdicts = new HashMap<>();
        page.forEach((id, document) -> verdicts.put(
                id,
                ReferenceDecision.of(
                        document,
                        config.references().in(document),
                        noted.getOrDefault(id, List.of()),
                        ids,
                        config.dataset())));
        return verdicts;
    }

    private static ReferencesReport asEdited(ReferencesReport report) {
        return new ReferencesReport(
                report.documents(),
                report.references(),
                0,
                report.already(),
                report.unmapped(),
                report.edited() + report.changed());
    }
}
