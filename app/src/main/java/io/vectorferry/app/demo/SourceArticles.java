package io.vectorferry.app.demo;

import io.vectorferry.demo.Article;
import io.vectorferry.demo.EmbeddedArticle;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongConsumer;

/** {@code public.articles} as its application uses it. For one thread. */
final class SourceArticles implements AutoCloseable {
    private static final int ROWS_PER_BATCH = 500;
    private static final String INSERT = """
            INSERT INTO articles (id, title, body, topic, created_at, meta, embedding)
            VALUES (?, ?, ?, ?, now(), jsonb_build_object('words', ?), ?::vector)""";

    /** @param similarity cosine, 1 is the same direction */
    record Hit(long id, String body, double similarity) {}

    private final String jdbcUrl;
    private final Connection connection;

    private SourceArticles(String jdbcUrl, Connection connection) {
        this.jdbcUrl = jdbcUrl;
        this.connection = connection;
    }

    static SourceArticles connect(String jdbcUrl) {
        try {
            return new SourceArticles(jdbcUrl, DriverManager.getConnection(jdbcUrl));
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    /** Returns another instance for another thread. */
    SourceArticles another() {
        return connect(jdbcUrl);
    }

    void create() {
        run("CREATE EXTENSION vector");
        run("""
                CREATE TABLE articles (id bigint PRIMARY KEY, title text, body text, topic text,
                    created_at timestamptz, meta jsonb, embedding vector(384))""");
    }

    /** Ids from 1 on, committed batch by batch. */
    void fill(Iterator<EmbeddedArticle> rows, LongConsumer progress) throws InterruptedException {
        long id = 0;
        while (rows.hasNext()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            List<EmbeddedArticle> batch = new ArrayList<>();
            while (rows.hasNext() && batch.size() < ROWS_PER_BATCH) {
                batch.add(rows.next());
            }
            insert(id + 1, batch);
            id += batch.size();
            progress.accept(id);
        }
        run("ANALYZE articles");
    }

    void insert(long firstId, List<EmbeddedArticle> rows) {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            long id = firstId;
            for (EmbeddedArticle row : rows) {
                Article article = row.article();
                bind(
                        statement,
                        id++,
                        article.title(),
                        article.body(),
                        article.topic(),
                        article.body().split(" ", -1).length,
                        text(row.embedding()));
                statement.addBatch();
            }
            statement.executeBatch();
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    int run(String sql, Object... parameters) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            statement.execute();
            return statement.getUpdateCount();
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    /** All statements of the body or none. */
    void transaction(Runnable body) {
        try {
            connection.setAutoCommit(false);
            body.run();
            connection.commit();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    long count() {
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM articles");
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    List<Long> syntheticIds() {
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT id FROM articles WHERE topic = 'synthetic' ORDER BY id");
                ResultSet rows = statement.executeQuery()) {
            List<Long> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
            return ids;
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    List<Hit> search(float[] query, int k) {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT id, body, 1 - (embedding <=> ?::vector) FROM articles ORDER BY embedding <=> ?::vector LIMIT ?")) {
            bind(statement, text(query), text(query), k);
            try (ResultSet rows = statement.executeQuery()) {
                List<Hit> hits = new ArrayList<>();
                while (rows.next()) {
                    hits.add(new Hit(rows.getLong(1), rows.getString(2), rows.getDouble(3)));
                }
                return hits;
            }
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    static String text(float[] embedding) {
        return Arrays.toString(embedding);
    }

    private static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
    }

    private static IllegalStateException refused(SQLException e) {
        return new IllegalStateException("the demo's PostgreSQL refused a statement", e);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw refused(e);
        }
    }
}
