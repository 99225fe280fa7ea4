package io.vectorferry.app.e2e;

import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.PGCopyOutputStream;

/** {@code public.articles} in a real PostgreSQL: filled fast, and read row by row as the truth. */
public final class SourceTable {
    static final String[] COLUMNS = {"id", "title", "views", "score", "price", "tags", "seen_at", "embedding"};

    private final PostgresServer server;
    private final int dimension;

    public SourceTable(PostgresServer server, int dimension) {
        this.server = server;
        this.dimension = dimension;
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("postgres"));
    }

    public void execute(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column; NULL as the word. */
    List<String> texts(String sql) {
        List<String> texts = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(String.valueOf(rows.getString(1)));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return texts;
    }

    public void create() {
        execute("CREATE EXTENSION IF NOT EXISTS vector", """
                CREATE TABLE articles (id bigint PRIMARY KEY, title text, views bigint, score double precision,
                    price numeric(12,3), tags jsonb, seen_at timestamptz, embedding vector(%d))""".formatted(dimension));
    }

    /** Adds rows with ids from {@code first} by binary COPY. */
    public void fill(long first, int rows, long seed) {
        Random random = new Random(seed);
        try (Connection connection = connect()) {
            CopyIn copy = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY articles (id, title, views, seen_at, embedding) FROM STDIN (FORMAT binary)");
            try (OutputStream out = new PGCopyOutputStream(copy, 1 << 20)) {
                out.write(HexFormat.of().parseHex("5047434f50590aff0d0a00" + "0000000000000000"));
                for (long id = first; id < first + rows; id++) {
                    out.write(row(id, random));
                }
                out.write(new byte[] {-1, -1});
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] row(long id, Random random) {
        byte[] title = "article %d, edition %d".formatted(id, random.nextInt(9)).getBytes(StandardCharsets.UTF_8);
        ByteBuffer row = ByteBuffer.allocate(2 + 12 + 4 + title.length + 12 + 12 + 8 + dimension * 4);
        row.putShort((short) 5);
        row.putInt(8).putLong(id);
        row.putInt(title.length).put(title);
        row.putInt(8).putLong(random.nextLong());
        row.putInt(8).putLong(id * 1_000_003L);
        row.putInt(4 + dimension * 4).putShort((short) dimension).putShort((short) 0);
        for (int i = 0; i < dimension; i++) {
            row.putFloat(random.nextFloat() - 0.5f);
        }
        return row.array();
    }

    /** Digest by id, in the form that {@link LanceTable} makes from the target. */
    Map<String, String> digests() {
        return digests("""
                    SELECT id, title, views, score, price, tags::text,
                      (extract(epoch FROM seen_at) * 1000000)::bigint, vector_send(embedding) FROM articles""");
    }

    /** @param sql selects the id, other columns as the target's reader prints them, and last the vector as it is sent */
    Map<String, String> digests(String sql) {
        Map<String, String> digests = new TreeMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.setFetchSize(2_000);
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    digests.put(rows.getString(1), digest(rows));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return digests;
    }

    private static String digest(ResultSet row) throws SQLException {
        MessageDigest digest = sha256();
        int columns = row.getMetaData().getColumnCount();
        for (int column = 1; column < columns; column++) {
            String text = row.getString(column);
            digest.update((text == null ? "\\N" : text).getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0x1f);
        }
        byte[] vector = row.getBytes(columns);
        digest.update(vector == null ? "\\N".getBytes(StandardCharsets.UTF_8) : littleEndian(vector));
        digest.update((byte) 0x1f);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] littleEndian(byte[] sent) {
        byte[] floats = new byte[sent.length - 4];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = sent[4 + (i & ~3) + (3 - (i & 3))];
        }
        return floats;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
