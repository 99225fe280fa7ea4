package io.vectorferry.producer.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.producer.JoinOwners;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceRow;
import java.util.List;
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

    void run(MongoClient client, Consumer<SourceRow> into) {
        JoinOwners owners = owners(client);
        vectors.scan(
                vectors.collections().getFirst(),
                row -> owners.fieldsOf(row.key().parts()).ifPresent(fields -> {
                    @Nullable VectorColumn column = row.row().vectorColumn();
                    into.accept(new SourceRow(
                            new SourceKey(join.collection(), row.key().parts()),
                            new Row(column == null ? null : column.named(VECTOR), fields),
                            row.problem()));
                }));
    }

    private JoinOwners owners(MongoClient client) {
        JoinOwners owners = new JoinOwners();
        DocumentPages pages = pages(client);
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            for (BsonDocument document : page) {
                List<List<Value>> referred = rows.references(document).stream()
                        .flatMap(reference -> join.key(reference).stream())
                        .toList();
                owners.add(rows.key(document), referred, rows.fields(document));
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
