package io.vectorferry.producer.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.producer.JoinOwners;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceRow;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Both sides read and joined in memory: the documents' chosen fields stand in it, the vectors pass by. */
final class JoinedScan {
    static final String VECTOR = "embedding";
    private static final int PAGE = 1_000;

    private final MongoConfig config;
    private final DocumentJoin join;
    private final Source vectors;
    private final DocumentRows rows;

    JoinedScan(MongoConfig config, DocumentJoin join, Source vectors, DocumentTypes types) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
        this.rows = new DocumentRows(config, join, types);
    }

    void run(MongoClient client, Consumer<SourceRow> into) {
        JoinOwners owners = owners(client);
        vectors.scan(
                vectors.collections().getFirst(), row -> joined(owners, row).ifPresent(into));
    }

    /** All documents, and the vectors whose joined rows were not seen. */
    void rest(MongoClient client, Predicate<SourceKey> seen, Consumer<SourceRow> into) {
        JoinOwners owners = owners(client);
        vectors.scanRest(
                vectors.collections().getFirst(),
                key -> seen.test(new SourceKey(join.collection(), key.parts())),
                row -> joined(owners, row).ifPresent(into));
    }

    private JoinOwners owners(MongoClient client) {
        JoinOwners owners = new JoinOwners();
        DocumentPages pages = new DocumentPages(documents(client), config.published(), PAGE);
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            page.forEach(document -> add(owners, document));
        }
        return owners;
    }

    /** The joined rows of these keys: their vectors are read first, then the documents that refer to one of them. */
    List<SourceRow> fetch(MongoClient client, Collection<SourceKey> keys) {
        String collection = vectors.collections().getFirst();
        return joined(
                client,
                vectors.fetch(
                        collection,
                        keys.stream()
                                .map(key -> new SourceKey(collection, key.parts()))
                                .distinct()
                                .toList()));
    }

    /** These vectors with the documents that refer to them now. */
    List<SourceRow> joined(MongoClient client, List<SourceRow> found) {
        JoinOwners owners = new JoinOwners();
        for (int from = 0; from < found.size(); from += PAGE) {
            List<BsonValue> referring = found.subList(from, Math.min(found.size(), from + PAGE)).stream()
                    .flatMap(row -> Reference.to(row.key()).stream())
                    .toList();
            documents(client)
                    .find(Filters.in(config.references().dotted(), referring))
                    .projection(config.published())
                    .forEach(document -> add(owners, document));
        }
        return found.stream().flatMap(row -> joined(owners, row).stream()).toList();
    }

    private void add(JoinOwners owners, BsonDocument document) {
        List<List<Value>> referred = rows.references(document).stream()
                .flatMap(reference -> join.key(reference).stream())
                .toList();
        try {
            owners.add(rows.key(document), referred, rows.fields(document));
        } catch (FerryException e) {
            owners.add(rows.key(document), referred, List.of(), String.valueOf(e.getMessage()));
        }
    }

    private Optional<SourceRow> joined(JoinOwners owners, SourceRow row) {
        @Nullable VectorColumn column = row.row().vectorColumn();
        return owners.fieldsOf(row.key().parts())
                .map(fields -> new SourceRow(
                        new SourceKey(join.collection(), row.key().parts()),
                        new Row(column == null ? null : column.named(VECTOR), fields),
                        row.problem() == null
                                ? owners.problemOf(row.key().parts()).orElse(null)
                                : row.problem()));
    }

    private MongoCollection<BsonDocument> documents(MongoClient client) {
        return client.getDatabase(config.database()).getCollection(config.collection(), BsonDocument.class);
    }
}
