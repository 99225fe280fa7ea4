package io.vectorferry.producer.milvus;

import io.milvus.grpc.QueryResults;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.milvus.FilterExpressions;
import io.vectorferry.stores.milvus.MilvusCatalog;
import io.vectorferry.stores.milvus.MilvusErrors;
import java.util.List;
import java.util.Optional;

/** A collection page by page in the order of its primary key, each page as it stands when it is read. For one thread. */
final class CollectionPages {
    private final MilvusCatalog server;
    private final ReadCollection collection;
    /** The filter of the rows that are not read yet; empty: none is read. */
    private String expression;

    private boolean isAtEnd;

    /** @param expression where another reading has come to, or empty */
    CollectionPages(MilvusCatalog server, ReadCollection collection, String expression) {
        this.server = server;
        this.collection = collection;
        this.expression = expression;
    }

    String expression() {
        return expression;
    }

    boolean isAtEnd() {
        return isAtEnd;
    }

    /** Returns the next rows, an empty list only at the end. */
    List<SourceRow> next(int rows) {
        if (isAtEnd) {
            return List.of();
        }
        int limit = Math.min(rows, collection.pageRows());
        List<SourceRow> page = query(server, collection, expression, limit);
        isAtEnd = page.size() < limit;
        if (!page.isEmpty()) {
            expression = FilterExpressions.idAfter(
                    collection.keyField(), collection.idAt(page.getLast().key()));
        }
        return page;
    }

    /** @param limit 0: as many as there are */
    static List<SourceRow> query(MilvusCatalog server, ReadCollection collection, String expression, long limit) {
        QueryResults answer = server.strongQuery(collection.name(), expression, limit, collection.outputFields());
        checkAnswer(collection.name(), answer);
        return AnsweredRows.of(collection, answer);
    }

    static void checkAnswer(String collection, QueryResults answer) {
        if (answer.getStatus().getCode() == MilvusErrors.COLLECTION_NOT_LOADED) {
            throw new FerryException(
                    FerryException.Kind.RETRYABLE,
                    ErrorType.CONNECTION,
                    "collection %s is not loaded, so its rows cannot be read".formatted(collection),
                    "Load it into the server's memory (load_collection of any client); the pipeline then continues by itself.",
                    null);
        }
        if (!MilvusErrors.isOk(answer.getStatus())) {
            throw MilvusErrors.translate("reading collection " + collection, answer.getStatus());
        }
    }

    static long count(MilvusCatalog server, String collection) {
        QueryResults answer = server.strongQuery(collection, "", 0, List.of("count(*)"));
        checkAnswer(collection, answer);
        return answer.getFieldsData(0).getScalars().getLongData().getData(0);
    }

    static Optional<ReadCollection> find(MilvusCatalog server, String name) {
        return server.describe(name).map(described -> {
            String real = described.getSchema().getName(); // the answer's own name only repeats the question
            if (!real.equals(name)) {
                throw FerryException.misconfigured(
                        "%s is an alias of collection %s".formatted(name, real),
                        "Name the collection itself in source.milvus.collections.");
            }
            return ReadCollection.of(described);
        });
    }
}
