package io.vectorferry.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.postgres.session.PostgresAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract through PgBouncer in transaction mode, whose sessions other applications use too. */
final class PoolerTest implements TargetWriterContract {
    private final Database database = Database.create();
    private @Nullable PgBouncer bouncer;

    @BeforeEach
    void start() {
        Optional<Path> program = PgBouncer.program();
        Assumptions.assumeTrue(program.isPresent(), "there is no pgbouncer, and no apt-get to download it");
        bouncer = PgBouncer.before(SharedServer.port(), program.orElseThrow());
    }

    @AfterEach
    void stop() {
        if (bouncer != null) {
            bouncer.close();
        }
    }

    private int port() {
        PgBouncer running = bouncer;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running.port();
    }

    @Override
    public Target target() {
        PostgresAddress address = new PostgresAddress(
                "targets[0].postgres", "127.0.0.1", port(), database.name(), Map.of(), "postgres", Optional.empty());
        return new PostgresTarget("pg", PostgresTargetConfig.of(address, "articles"));
    }

    @Test
    void nothingOfFerryIsLeftInTheSessionsOfOthersAlsoByAnIndex() throws SQLException {
        List<String> before = settings();
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            for (int i = 0; i < 40; i++) {
                writer.apply(Rows.batch(i + 1, Rows.upsert(i, "new"), Rows.upsert(i / 2, "again")));
                assertThat(reader.count()).isEqualTo(i + 1);
            }
            writer.settle();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> reader.vectorIndex().isPresent());
        }
        assertThat(settings()).isEqualTo(before);
    }

    /** Returns those of both sessions. */
    private List<String> settings() throws SQLException {
        List<String> settings = new ArrayList<>();
        String url =
                "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&prepareThreshold=0".formatted(port(), database.name());
        try (Connection one = DriverManager.getConnection(url);
                Connection other = DriverManager.getConnection(url)) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            for (Connection connection : List.of(one, other)) {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("""
                                SELECT name, setting FROM pg_settings WHERE source = 'session'
                                  AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'extra_float_digits')
                                UNION ALL SELECT relname, '' FROM pg_class WHERE relpersistence = 't' ORDER BY 1""")) {
                    while (rows.next()) {
                        settings.add(rows.getString(1) + "=" + rows.getString(2));
                    }
                }
            }
        }
        return settings;
    }
}
