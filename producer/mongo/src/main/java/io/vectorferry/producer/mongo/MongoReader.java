package io.vectorferry.producer.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.join.MappedBlocks;
import io.vectorferry.producer.join.ReferencedFields;
import io.vectorferry.producer.mongo.capture.WatchedCollection;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Reads vectors with the chosen fields of the documents that refer to them, and joins both in memory. */
final class MongoReader implements SourceReader {
    static final String VECTOR = "embedding";
    private static final int PAGE = 1_000;

    private final MongoConfig config;
    private final DocumentJoin join;
    private final SourceReader vectors;
    private final String vectorCollection;
    private final AtomicReference<@Nullable DocumentTypes> types;

    /** @param types of the documents' fields; unless they are known, they are set to those of the documents at the first call */
    MongoReader(
            MongoConfig config,
            DocumentJoin join,
            SourceReader vectors,
            String vectorCollection,
            AtomicReference<@Nullable DocumentTypes> types) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
        this.vectorCollection = vectorCollection;
        this.types = types;
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        join(ofVectors -> vectors.scan(vectorCollection, ofVectors), rows);
    }

    /** Reads all documents again, and the vectors whose joined rows were not seen. */
    @Override
    public Optional<UnseenScan> unseen(String collection) {
        return vectors.unseen(vectorCollection)
                .map(unseen -> (seen, rows) -> join(
                        ofVectors ->
                                unseen.read(key -> seen.test(new SourceKey(join.collection(), key.parts())), ofVectors),
                        rows));
    }

    /** Keeps the documents' chosen fields in memory; the vectors pass by. */
    private void join(Consumer<Consumer<SourceRow>> scan, Consumer<SourceRow> rows) {
        read(documents -> {
            ReferencedFields owners = documents.all();
            scan.accept(row -> documents.joined(owners, row).ifPresent(rows));
            return owners;
        });
    }

    /** Reads the vectors first, then the documents that refer to one of them: a row that does not change is the same in both. */
    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        List<SourceKey> ofVectors = keys.stream()
                .map(key -> new SourceKey(vectorCollection, key.parts()))
                .distinct()
                .toList();
        return read(documents -> documents.joined(vectors.fetch(vectorCollection, ofVectors)));
    }

    /** Returns the blocks in the order of the vectors' store. */
    @Override
    public RowBlocks blocks(String collection) {
        return new MappedBlocks(vectors.blocks(vectorCollection), found -> read(documents -> documents.joined(found)));
    }

    @Override
    public double tolerance(String collection) {
        return vectors.tolerance(vectorCollection);
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return vectors.searchMetric(vectorCollection);
    }

    private <T> T read(Function<Documents, T> reading) {
        try (MongoClient client = config.open(new PendingAnswers())) {
            DocumentTypes known = types.get();
            if (known == null) {
                types.compareAndSet(null, new WatchedCollection(config, client).types());
                known = Objects.requireNonNull(types.get());
            }
            return reading.apply(new Documents(client, new DocumentRows(config, join, known)));
        } catch (MongoException e) {
            throw FerryException.retryable(
                    "MongoDB's %s.%s cannot be read: %s"
                            .formatted(config.database(), config.collection(), e.getMessage()),
                    e);
        }
    }

    /** The documents, and what becomes of a vector with them. */
    private final class Documents {
        private final MongoCollection<BsonDocument> collection;
        private final DocumentRows rows;

        Documents(MongoClient client, DocumentRows rows) {
            this.collection =
                    client.getDatabase(config.database()).getCollection(config.collection(), BsonDocument.class);
            this.rows = rows;
        }

        ReferencedFields all() {
            ReferencedFields owners = new ReferencedFields();
            DocumentPages pages = new DocumentPages(collection, config.published(), PAGE);
            for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
                page.forEach(document -> add(owners, document));
            }
            return owners;
        }

        /** Returns these vectors with the documents that refer to them now. */
        List<SourceRow> joined(List<SourceRow> found) {
            ReferencedFields owners = new ReferencedFields();
            for (int from = 0; from < found.size(); from += PAGE) {
                List<BsonValue> referring = found.subList(from, Math.min(found.size(), from + PAGE)).stream()
                        .flatMap(row -> Reference.to(row.key()).stream())
                        .toList();
                collection
                        .find(Filters.in(config.references().dotted(), referring))
                        .projection(config.published())
                        .forEach(document -> add(owners, document));
            }
            return found.stream().flatMap(row -> joined(owners, row).stream()).toList();
        }

        Optional<SourceRow> joined(ReferencedFields owners, SourceRow row) {
            @Nullable VectorColumn column = row.row().vectorColumn();
            return owners.fieldsOf(row.key().parts())
                    .map(fields -> new SourceRow(
                            new SourceKey(join.collection(), row.key().parts()),
                            new Row(column == null ? null : column.named(VECTOR), fields),
                            row.problem() == null
                                    ? owners.problemOf(row.key().parts()).orElse(null)
                                    : row.problem()));
        }

        private void add(ReferencedFields owners, BsonDocument document) {
            List<List<Value>> referred = rows.references(document).stream()
                    .flatMap(reference -> join.key(reference).stream())
                    .toList();
            try {
                owners.add(rows.key(document), referred, rows.fields(document));
            } catch (FerryException e) {
                owners.add(rows.key(document), referred, List.of(), String.valueOf(e.getMessage()));
            }
        }
    }
}
