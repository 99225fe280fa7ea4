package io.vectorferry.producer.postgres.read;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.table.RowDecoder;
import io.vectorferry.producer.postgres.table.RowDecoder.KeyedRow;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.postgres.BinaryRows;
import io.vectorferry.stores.postgres.QualifiedName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.postgresql.PGConnection;

/**
 * Reads a table from end to end in one transaction, past every topic: all its partitions as of one moment, some blocks at a time.
 * What takes over at a mark has a later moment: beside the blocks that are left it reads the rows that were written since into
 * those that are done. For one thread.
 */
public final class FullTableScan {
    /**
     * 16 MiB of blocks: between ten thousand and some hundred thousand rows, depending on whether their vectors are in
     * the row or out of line.
     */
    private static final int BLOCKS_A_MARK = 2_048;

    private final RowDecoder decoder;
    private final PostgresConfig config;
    private final Consumer<SourceRow> rows;
    private final Consumer<String> marks;

    FullTableScan(TableShape shape, PostgresConfig config, Consumer<SourceRow> rows, Consumer<String> marks) {
        this.decoder = new RowDecoder(shape);
        this.config = config;
        this.rows = rows;
        this.marks = marks;
    }

    /** @param mark empty: from the beginning */
    public void read(Connection connection, String mark) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        Mark at = mark.isEmpty() ? beginning(connection) : Mark.parse(mark);
        readRecent(connection, at);
        List<QualifiedName> leaves = decoder.shape().leaves();
        for (int leaf = at.leaf(); leaf < leaves.size(); leaf++) {
            read(connection, leaves.get(leaf), leaf == at.leaf() ? at : at.at(leaf, 0));
        }
        connection.rollback();
    }

    private Mark beginning(Connection connection) throws SQLException {
        PostgresConfig.Table table = config.table(decoder.shape().collection());
        String version = TableVersion.read(connection, config, table)
                .map(TableVersion::text)
                .orElse("");
        long oldest = number(connection, "SELECT txid_snapshot_xmin(txid_current_snapshot())");
        return new Mark(version, oldest, 0, 0);
    }

    /** Written by transactions that had not ended when the first scan began, into blocks that it had read. */
    private void readRecent(Connection connection, Mark at) throws SQLException {
        String recent = "age(xmin) <= age('%d'::xid)".formatted(at.oldest() & 0xffff_ffffL);
        List<QualifiedName> leaves = decoder.shape().leaves();
        for (int leaf = 0; leaf < at.leaf(); leaf++) {
            copy(connection, leaves.get(leaf), recent);
        }
        if (at.block() > 0) {
            copy(connection, leaves.get(at.leaf()), "%s AND ctid < '(%d,0)'".formatted(recent, at.block()));
        }
    }

    private void read(Connection connection, QualifiedName leaf, Mark from) throws SQLException {
        long blocks = blocks(connection, leaf);
        long block = from.block();
        for (; block + BLOCKS_A_MARK < blocks; block += BLOCKS_A_MARK) {
            copy(connection, leaf, "ctid >= '(%d,0)' AND ctid < '(%d,0)'".formatted(block, block + BLOCKS_A_MARK));
            marks.accept(from.at(from.leaf(), block + BLOCKS_A_MARK).text());
        }
        copy(connection, leaf, block == 0 ? "true" : "ctid >= '(%d,0)'".formatted(block));
        if (from.leaf() + 1 < decoder.shape().leaves().size()) {
            marks.accept(from.at(from.leaf() + 1, 0).text());
        }
    }

    private static long blocks(Connection connection, QualifiedName leaf) throws SQLException {
        return number(
                connection, "SELECT pg_relation_size(?::regclass) / current_setting('block_size')::bigint", leaf.sql());
    }

    private static long number(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private void copy(Connection connection, QualifiedName leaf, String condition) throws SQLException {
        String sql = "COPY (SELECT %s FROM ONLY %s WHERE %s) TO STDOUT (FORMAT binary)"
                .formatted(decoder.selectList(), leaf.sql(), condition);
        int columns = decoder.shape().columns().size();
        try {
            BinaryRows tuples = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            for (ByteBuffer tuple = tuples.next(columns); tuple != null; tuple = tuples.next(columns)) {
                KeyedRow row = decoder.decode(tuple);
                rows.accept(new SourceRow(row.key(), row.row(), row.problem()));
            }
        } catch (IOException e) {
            throw FerryException.retryable("reading %s was interrupted".formatted(leaf.collection()), e);
        }
    }

    /**
     * How far a scan of a table is: the leaves before the one, and of that the blocks before the block.
     *
     * @param version of the table, whose rows are elsewhere in another one
     * @param oldest the first transaction that had not ended when the scan began
     * @param leaf from 0, in the order of the catalog
     */
    public record Mark(String version, long oldest, int leaf, long block) {
        private static final String SEPARATOR = " ";
        private static final int PARTS = 4;

        public static Mark parse(String text) {
            String[] parts = text.split(SEPARATOR, PARTS);
            return new Mark(
                    parts[PARTS - 1], Long.parseLong(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
        }

        public Mark at(int otherLeaf, long otherBlock) {
            return new Mark(version, oldest, otherLeaf, otherBlock);
        }

        boolean isOf(TableVersion now) {
            return now.isSameAs(new TableVersion(version));
        }

        public String text() {
            return String.join(SEPARATOR, Long.toString(oldest), Integer.toString(leaf), Long.toString(block), version);
        }
    }
}
