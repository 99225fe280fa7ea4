package io.vectorferry.producer.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class RowEstimateTest {
    private static final long ROWS = 200_000;
    private static final QualifiedName LARGE = new QualifiedName("public", "large");

    private PostgresServer server;

    /** More blocks than a sample has, and never analyzed. */
    @BeforeAll
    public void start() throws SQLException {
        server = PostgresServer.forTest();
        try (Connection connection = connect()) {
            execute(
                    connection,
                    "CREATE TABLE large (id bigint, filler text) WITH (autovacuum_enabled = false)",
                    "INSERT INTO large SELECT i, repeat('x', 100) FROM generate_series(1, %d) i".formatted(ROWS));
        }
    }

    @AfterAll
    public void stop() {
        server.close();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("postgres"));
    }

    private static void execute(Connection connection, String... commands) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String command : commands) {
                statement.execute(command);
            }
        }
    }

    @Test
    void aTableThatWasNeverAnalyzedIsSampledIfItIsLargeAndCountedIfItIsSmall() throws SQLException {
        try (Connection connection = connect()) {
            long sampled = rows(RowEstimate.of(connection, 0), LARGE);
            assertThat(sampled).isCloseTo(ROWS, within(ROWS / 10)).isNotEqualTo(ROWS);
            assertThat(rows(RowEstimate.of(connection, 1_000_000), LARGE)).isEqualTo(ROWS);
        }
    }

    @Test
    void aTableThatHasGrownSinceItWasAnalyzedCountsByItsSizeOfNow() throws SQLException {
        try (Connection connection = connect()) {
            execute(
                    connection,
                    "CREATE TABLE grown (id bigint) WITH (autovacuum_enabled = false)",
                    "INSERT INTO grown SELECT generate_series(1, 10000)",
                    "ANALYZE grown",
                    "INSERT INTO grown SELECT generate_series(1, 30000)");
            QualifiedName grown = new QualifiedName("public", "grown");
            assertThat(rows(RowEstimate.of(connection, 0), grown)).isCloseTo(40_000, within(1_000L));
        }
    }

    @Test
    void aLockedTableIsNotWaitedForLongerThanTheLimit() throws SQLException {
        try (Connection other = connect();
                Connection connection = connect()) {
            execute(other, "BEGIN", "LOCK TABLE large IN ACCESS EXCLUSIVE MODE");
            long started = System.nanoTime();
            RowEstimate estimate = RowEstimate.within(connection, 1_000_000, Duration.ofSeconds(2));
            assertThat(estimate.size(LARGE).rows()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(10));
            execute(other, "ROLLBACK");
            assertThat(rows(RowEstimate.within(connection, 1_000_000, Duration.ofSeconds(5)), LARGE))
                    .isEqualTo(ROWS);
        }
    }

    private static long rows(RowEstimate estimate, QualifiedName table) throws SQLException {
        return estimate.size(table).rows().orElseThrow();
    }
}
