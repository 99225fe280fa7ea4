package io.vectorferry.producer.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.mongo.capture.DocumentProgress;
import io.vectorferry.producer.mongo.capture.WatchedCollection;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.Document;

/** Checks the documents' side, and how its references and the vectors fit. */
final class MongoDoctor {
    /** Up to so many documents and as many vectors, both sides are read to find what has no other half. */
    private static final int MAX_COMPARED = 100_000;

    private static final int PAGE = 1_000;

    private final MongoConfig config;
    private final DocumentJoin join;
    private final Source vectors;

    MongoDoctor(MongoConfig config, DocumentJoin join, Source vectors) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
    }

    List<Finding> findings() {
        try (MongoClient client = config.open(new PendingAnswers())) {
            return findings(client);
        } catch (MongoException e) {
            return List.of(Finding.error(
                    "mongo_connection",
                    "MongoDB does not respond: " + e.getMessage(),
                    "Check source.mongo.uri, and that its user can read %s.%s."
                            .formatted(config.database(), config.collection())));
        }
    }

    private List<Finding> findings(MongoClient client) {
        MongoDatabase database = client.getDatabase(config.database());
        if (!database.listCollectionNames().into(new ArrayList<>()).contains(config.collection())) {
            return List.of(Finding.error(
                    "mongo_collection",
                    "there is no collection %s in %s".formatted(config.collection(), config.database()),
                    "Correct source.mongo.database or source.mongo.collection."));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(changeStream(client));
        findings.add(rewritten(database));
        findings.add(index(database));
        findings.addAll(new HalvesCheck(client).findings());
        return findings;
    }

    private Finding changeStream(MongoClient client) {
        WatchedCollection collection = new WatchedCollection(config, client);
        try (var cursor = collection.changesSince(DocumentProgress.Place.at(collection.now()))) {
            cursor.tryNext();
            return Finding.ok(
                    "mongo_change_stream", "change streams of %s are available".formatted(config.collection()));
        } catch (MongoException e) {
            return Finding.error(
                    "mongo_change_stream",
                    "change streams are not available: " + e.getMessage(),
                    "Run MongoDB as a replica set (one member is enough), and give the user the role read on %s."
                            .formatted(config.database()));
        }
    }

    /** Verification finds documents by what they refer to. */
    private Finding index(MongoDatabase database) {
        String path = config.references().dotted();
        for (Document index : database.getCollection(config.collection()).listIndexes()) {
            if (index.get("key") instanceof Document key
                    && key.keySet().stream().findFirst().filter(path::equals).isPresent()) {
                return Finding.ok("mongo_index", "documents are found by %s with an index".formatted(path));
            }
        }
        return Finding.warning(
                "mongo_index",
                "no index begins with %s: each lookup of up to 1,000 references reads the whole collection"
                        .formatted(path),
                "db.%s.createIndex({\"%s\": 1})".formatted(config.collection(), path));
    }

    private Finding rewritten(MongoDatabase database) {
        return database.getCollection(config.mappings()).find().limit(1).first() == null
                ? Finding.ok(
                        "mongo_references",
                        "nothing is written to MongoDB, except by `ferry references rewrite` (to %s and %s)"
                                .formatted(config.collection(), config.mappings()))
                : Finding.error(
                        "mongo_references",
                        "references were already rewritten to new ids, according to " + config.mappings(),
                        "Restore them with `ferry references rewrite --revert`, or leave this pipeline stopped.");
    }

    /** References without a vector, vectors without a reference. */
    private final class HalvesCheck {
        private final WatchedCollection collection;
        private final DocumentRows rows = new DocumentRows(config, join, DocumentTypes.none(config.fields()));

        HalvesCheck(MongoClient client) {
            this.collection = new WatchedCollection(config, client);
        }

        List<Finding> findings() {
            boolean few = collection.estimatedCount() <= MAX_COMPARED
                    && vectors.plan().collections().stream()
                            .map(CollectionPlan::rows)
                            .allMatch(rows -> rows != null && rows <= MAX_COMPARED);
            if (!few) {
                return List.of(Finding.ok("mongo_orphans", "too many documents or vectors to compare both sides here"));
            }
            Set<List<Value>> referred = referred();
            long references = referred.size();
            long[] unreferred = new long[1];
            vectors.reader().scan(vectors.collections().getFirst(), row -> {
                if (!referred.remove(row.key().parts())) {
                    unreferred[0]++;
                }
            });
            return List.of(told(references, referred.size()), unreferred(unreferred[0]));
        }

        private Set<List<Value>> referred() {
            Set<List<Value>> referred = new HashSet<>();
            DocumentPages pages = collection.pages(PAGE);
            for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
                for (BsonDocument document : page) {
                    rows.references(document)
                            .forEach(reference -> join.key(reference).ifPresent(referred::add));
                }
            }
            return referred;
        }

        private static Finding told(long references, long orphans) {
            if (orphans == 0) {
                return Finding.ok("mongo_orphans", "each of %,d references has a vector".formatted(references));
            }
            return Finding.warning(
                    "mongo_orphans",
                    "%,d of %,d references have no vector; they are not replicated".formatted(orphans, references),
                    orphans == references
                            ? "All of them: check source.mongo.references, and vectorKeys (text or integer)."
                            : "Fix them in the application, or ignore them: a vector that is added later is joined.");
        }

        private static Finding unreferred(long count) {
            return count == 0
                    ? Finding.ok("mongo_unreferred", "every vector has a reference")
                    : Finding.warning(
                            "mongo_unreferred",
                            "no document refers to %,d vectors; they are not replicated".formatted(count),
                            "");
        }
    }
}
