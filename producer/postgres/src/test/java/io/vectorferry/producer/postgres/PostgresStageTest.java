package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.contracttests.SourceStageContract;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PostgresStageTest implements SourceStageContract {
    @Override
    public Store store() {
        return new Table();
    }

    private static final class Table implements Store {
        private final PostgresServer server = PostgresServer.forTest();

        Table() {
            sql("CREATE EXTENSION vector");
            // A hundred bytes a row: a block of 8 kB has about sixty.
            sql("CREATE TABLE t (id int PRIMARY KEY, title text, embedding vector(2))");
        }

        @Override
        public Source source(Path data) {
            return SourceBench.source(
                    "url: \"%s\", user: \"%s\", tables: [{name: public.t, vector: embedding}], snapshot: {parallelism: 2, chunkBlocks: 2}"
                            .formatted(server.url("postgres"), server.user()),
                    List.of());
        }

        @Override
        public List<String> collections() {
            return List.of("public.t");
        }

        @Override
        public void insert(int from, int to) {
            sql("INSERT INTO t SELECT i, repeat('x', 60), format('[%%s,1]', i)::vector FROM generate_series(%d, %d) i"
                    .formatted(from, to - 1));
        }

        @Override
        public void delete(int number) {
            sql("DELETE FROM t WHERE id = " + number);
        }

        @Override
        public Set<SourceKey> keys(int number) {
            return Set.of(new SourceKey("public.t", List.of(new Value.Whole(number))));
        }

        @Override
        public Optional<Runnable> truncation() {
            return Optional.of(() -> sql("TRUNCATE t"));
        }

        private void sql(String statement) {
            try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                    Statement one = connection.createStatement()) {
                one.execute(statement);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
