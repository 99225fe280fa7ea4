package io.vectorferry.producer.mongo.references;

import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** Puts the references of a page of the journal back, and forgets them. */
public final class RevertRun {
    private static final int MAX_ATTEMPTS = 5;

    private final MongoConfig config;
    private final ReferenceUpdates updates;
    private final RewriteJournal journal;

    RevertRun(MongoConfig config, ReferenceUpdates updates, RewriteJournal journal) {
        this.config = config;
        this.updates = updates;
        this.journal = journal;
    }

    /** @param counted the document of the entry before the page, whose entries may continue in it */
    public ReferencesReport revert(List<RewriteJournal.Entry> page, BsonValue counted) {
        ReferencesReport report = ReferencesReport.NONE;
        List<RewriteJournal.Entry> remaining = page;
        for (int attempt = 0; attempt < MAX_ATTEMPTS && !remaining.isEmpty(); attempt++) {
            Attempt now = attempt(remaining);
            boolean whole = updates.set(now.changes());
            List<RewriteJournal.Entry> settled = new ArrayList<>(now.gone());
            settled.addAll(now.back());
            if (whole) {
                settled.addAll(now.setting());
            }
            journal.forget(settled);
            report = report.plus(new ReferencesReport(
                    0,
                    settled.size(),
                    whole ? now.setting().size() : 0,
                    now.back().size(),
                    0,
                    now.gone().size()));
            remaining = whole ? List.of() : now.setting();
        }
        return report.plus(new ReferencesReport(documents(page, counted), remaining.size(), 0, 0, 0, remaining.size()));
    }

    /**
     * @param setting what {@code changes} puts back
     * @param back that have the old id already
     * @param gone whose element the application removed or gave yet another id
     */
    private record Attempt(
            Map<BsonValue, List<ReferenceUpdates.Change>> changes,
            List<RewriteJournal.Entry> setting,
            List<RewriteJournal.Entry> back,
            List<RewriteJournal.Entry> gone) {}

    private Attempt attempt(List<RewriteJournal.Entry> page) {
        Map<BsonValue, List<RewriteJournal.Entry>> byDocument = new LinkedHashMap<>();
        page.forEach(one -> byDocument
                .computeIfAbsent(one.document(), id -> new ArrayList<>())
                .add(one));
        Map<BsonValue, BsonDocument> documents = updates.read(byDocument.keySet());
        Attempt attempt = new Attempt(new HashMap<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        byDocument.forEach((id, noted) ->
                sort(noted, config.references().in(documents.getOrDefault(id, new BsonDocument())), attempt));
        return attempt;
    }

    private static void sort(List<RewriteJournal.Entry> noted, List<Reference> references, Attempt into) {
        Set<String> taken = new HashSet<>();
        noted.stream()
                .filter(one -> references.stream()
                        .anyMatch(reference ->
                                one.isAt(reference) && reference.value().equals(one.newId())))
                .forEach(one -> taken.add(one.path()));
        for (RewriteJournal.Entry one : noted) {
            Optional<Reference> here = references.stream().filter(one::isAt).findFirst();
            Optional<Reference> found = here.filter(
                            reference -> reference.value().equals(one.newId()))
                    .or(() -> references.stream()
                            .filter(reference -> reference.value().equals(one.newId()) && taken.add(reference.path()))
                            .findFirst());
            if (found.isPresent()) {
                into.setting().add(one);
                into.changes()
                        .computeIfAbsent(one.document(), id -> new ArrayList<>())
                        .add(new ReferenceUpdates.Change(
                                one.document(), found.get().path(), one.newId(), one.oldId()));
            } else if (here.filter(reference -> reference.value().equals(one.oldId()))
                    .isPresent()) {
                into.back().add(one);
            } else {
                into.gone().add(one);
            }
        }
    }

    private static long documents(List<RewriteJournal.Entry> page, BsonValue counted) {
        return page.stream()
                .map(RewriteJournal.Entry::document)
                .distinct()
                .filter(document -> !document.equals(counted))
                .count();
    }
}
