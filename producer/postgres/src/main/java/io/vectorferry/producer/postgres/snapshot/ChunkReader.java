package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.table.RowDecoder;
import io.vectorferry.producer.postgres.table.RowDecoder.KeyedRow;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.postgres.BinaryRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.postgresql.PGConnection;

/**
 * Publishes one block range by one binary COPY, a short transaction of its own. It reads through the leaf table itself
 * (ONLY), so that no row comes twice from a partition's parent. For one thread.
 */
public final class ChunkReader {
    /** Number of sends after which acknowledged ones are removed: a chunk may be a whole table. */
    private static final int MAX_AWAITED = 100_000;

    private final RowDecoder decoder;
    private final ChangePublisher publisher;
    private final ReadMarks marks;
    private final SourcePosition position;

    public ChunkReader(RowDecoder decoder, ChangePublisher publisher, ReadMarks marks, int generation) {
        this.decoder = decoder;
        this.publisher = publisher;
        this.marks = marks;
        this.position = SourcePosition.snapshot(generation);
    }

    /** Returns the number of rows once all of them are acknowledged. */
    public long read(Connection connection, BlockRanges.Chunk chunk) throws SQLException {
        String sql = "COPY (SELECT %s FROM ONLY %s WHERE %s) TO STDOUT (FORMAT binary)"
                .formatted(decoder.selectList(), chunk.leaf().sql(), chunk.condition());
        List<Future<RecordMetadata>> sends = new ArrayList<>();
        long published = 0;
        long micros = Micros.now();
        int columns = decoder.shape().columns().size();
        try {
            BinaryRows rows = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            marks.write(); // the server has begun, so it is known which rows will come
            for (ByteBuffer tuple = rows.next(columns); tuple != null; tuple = rows.next(columns)) {
                KeyedRow row = decoder.decode(tuple);
                String problem = row.problem();
                if (problem == null) {
                    sends.add(publisher.send(
                            row.key(), new Change.Upsert(Change.Origin.SNAPSHOT, position, micros, row.row())));
                    published++;
                    if (sends.size() >= MAX_AWAITED) {
                        sends.removeIf(Future::isDone); // the publisher remembers one that failed
                    }
                } else {
                    publisher.deadLetter(row.key(), ErrorType.DATA_CORRUPTION, problem, position);
                }
            }
        } catch (IOException e) {
            throw FerryException.retryable(
                    "the snapshot of %s was interrupted".formatted(chunk.leaf().collection()), e);
        }
        publisher.await(sends);
        return published;
    }
}
