package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody is idle in a transaction: the first start says so, and one that is killed meanwhile costs no row. */
class FirstStartWaitsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROWS = 500;

    @TempDir
    Path directory;

    @Test
    void theSessionThatIsWaitedForIsNamedAndAKilledStartCostsNothing() throws SQLException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 8);
            source.create();
            source.fill(1, ROWS, 3);
            source.execute("CREATE TABLE other (id int)");
            Pipeline pipeline = new Pipeline(directory, server);
            try (Connection session = source.connect();
                    Statement statement = session.createStatement()) {
                statement.execute("BEGIN; INSERT INTO other VALUES (1)");
                String pid;
                try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                    row.next();
                    pid = row.getString(1);
                }
                Ended doctor = pipeline.run(PATIENCE, "doctor");
                assertThat(doctor.exitCode()).as(doctor.output()).isZero();
                assertThat(doctor.output())
                        .contains("session " + pid, "since ", "SELECT pg_terminate_backend(%s);".formatted(pid));

                try (FerryProcess first = pipeline.start("run")) {
                    awaitNamed(first, pid);
                    awaitErrors(pipeline, errors -> assertThat(errors.at("/0").asText())
                            .contains("session " + pid));
                    first.kill();
                }
                try (FerryProcess second = pipeline.start("run")) {
                    awaitNamed(second, pid);
                    statement.execute("COMMIT");
                    pipeline.awaitStreaming(5);
                    source.execute("UPDATE articles SET views = views + 1 WHERE id > 400");
                    pipeline.awaitWritten();
                    awaitErrors(pipeline, errors -> assertThat(errors).isEmpty());
                    assertThat(second.isAlive()).isTrue();
                }
            }
            pipeline.catchUp(); // it does not ask for a new generation
            pipeline.assertTargetEqualsSource(source);
        }
    }

    private static void awaitErrors(Pipeline pipeline, ThrowingConsumer<JsonNode> expected) {
        Awaitility.await("the errors in the status").atMost(PATIENCE).untilAsserted(() -> assertThat(pipeline.status())
                .hasValueSatisfying(status -> expected.accept(status.at("/errors"))));
    }

    private static void awaitNamed(FerryProcess ferry, String pid) {
        Awaitility.await("the session that is waited for")
                .atMost(PATIENCE)
                .until(() -> ferry.output().contains("session %s of".formatted(pid)) || !ferry.isAlive());
        assertThat(ferry.output()).contains("session %s of".formatted(pid), "idle in transaction");
    }
}
