package io.vectorferry.producer.mongo;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Both sides read once and joined in memory: the documents' chosen fields stand in it, the vectors pass by. */
final class JoinedScan {
    static final String VECTOR = "embedding";
    private static final int PAGE = 1_000;

    private final MongoConfig config;
    private final DocumentJoin join;
    private final Source vectors;
    private final DocumentRows rows;

    JoinedScan(MongoConfig config, DocumentJoin join, Source vectors) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
        this.rows = new DocumentRows(config, join);
    }

    private record Owner(ByteString document, List<Field> fields) {}

    void run(MongoClient client, Consumer<SourceRow> into) {
        Map<List<Value>, Owner> owners = owners(client);
        vectors.scan(vectors.collections().getFirst(), row -> {
            Owner owner = owners.get(row.key().parts());
            if (owner != null) {
                @Nullable VectorColumn column = row.row().vectorColumn();
                into.accept(new SourceRow(
                        new SourceKey(join.collection(), row.key().parts()),
                        new Row(column == null ? null : column.named(VECTOR), owner.fields()),
                        row.problem()));
            }
        });
    }

    /** Of several documents the one that the stream processor finds first: in the order of their encoded keys. */
    private Map<List<Value>, Owner> owners(MongoClient client) {
        Map<List<Value>, Owner> owners = new HashMap<>();
        DocumentPages pages = pages(client);
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            for (BsonDocument document : page) {
                SourceKey key = rows.key(document);
                ByteString order = UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(
                        Codecs.SOURCE_KEY.encode(new SourceKey("", List.of(new Value.Items(key.parts()))))));
                Owner owner = new Owner(order, rows.fields(document));
                for (String reference : rows.references(document)) {
                    join.key(reference)
                            .ifPresent(vector -> owners.merge(
                                    vector,
                                    owner,
                                    (a, b) -> ByteString.unsignedLexicographicalComparator()
                                                            .compare(a.document(), b.document())
                                                    <= 0
                                            ? a
                                            : b));
                }
            }
        }
        return owners;
    }

    private DocumentPages pages(MongoClient client) {
        MongoCollection<BsonDocument> documents =
                client.getDatabase(config.database()).getCollection(config.collection(), BsonDocument.class);
        return new DocumentPages(documents, config.published(), PAGE);
    }
}
