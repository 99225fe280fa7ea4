package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications do to a table instead of changing its rows: swap it, make it again, drop a column, take another model. */
class ReplacedTableTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROWS = 200;

    @TempDir
    Path directory;

    @Test
    void theTargetFollowsTheNameAndTheStatusSaysWhatItCannotFollow() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 8);
            source.create();
            source.fill(1, ROWS, 3);
            Pipeline pipeline = new Pipeline(directory, server);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(2);

                source.execute(
                        "CREATE TABLE articles_new (LIKE articles INCLUDING ALL)",
                        "INSERT INTO articles_new SELECT * FROM articles WHERE id > 10",
                        "UPDATE articles_new SET title = title || '!'",
                        "BEGIN; ALTER TABLE articles RENAME TO articles_old; ALTER TABLE articles_new RENAME TO articles; COMMIT",
                        "UPDATE articles SET title = 'at once' WHERE id = 11");
                pipeline.awaitReadAgain(2);
                source.execute("UPDATE articles SET title = 'after the swap' WHERE id = 12");
                pipeline.awaitWritten();
                pipeline.assertTargetEqualsSource(source);

                source.execute("DROP TABLE articles");
                awaitError(pipeline, "there is no table public.articles");
                source.create();
                source.fill(ROWS + 1, 50, 9);
                pipeline.awaitReadAgain(3);
                source.execute("DELETE FROM articles WHERE id % 2 = 0");
                pipeline.awaitWritten();
                pipeline.assertTargetEqualsSource(source);
                Awaitility.await("no error any more").atMost(PATIENCE).until(() -> pipeline.status()
                        .filter(status -> status.at("/errors").isEmpty())
                        .isPresent());

                source.execute("UPDATE articles SET price = 1.5, score = 2.5");
                pipeline.awaitWritten();
                source.execute("ALTER TABLE articles DROP COLUMN price");
                pipeline.awaitReadAgain(4);
                pipeline.awaitWritten();
                pipeline.verify();
                assertThat(pipeline.target().digests(SourceTable.COLUMNS)).isEqualTo(withoutPrice(source));

                source.execute(
                        "ALTER TABLE articles DROP COLUMN embedding",
                        "ALTER TABLE articles ADD COLUMN embedding vector(4)",
                        "UPDATE articles SET embedding = '[1,2,3,4]'");
                Ended ended = ferry.awaitEnd(PATIENCE);
                assertThat(ended.exitCode()).isEqualTo(1);
                assertThat(ended.output())
                        .contains("has columns for other rows", "FixedSizeList", "Set another `table`");

                // the remedy: another table, and topics of its own
                String[] other = {"--set", "pipeline=articles2", "--set", "targets.0.lancedb.table=articles2"};
                Ended again = pipeline.run(PATIENCE, with(other, "run", "--until", "caught-up"));
                assertThat(again.exitCode()).as(again.output()).isZero();
                assertThat(new LanceTable(directory.resolve("lance"), "articles2")
                                .digests("id", "title", "views", "score", "tags", "seen_at", "embedding"))
                        .isEqualTo(source.digests("""
                                SELECT id, title, views, score, tags::text,
                                  (extract(epoch FROM seen_at) * 1000000)::bigint, vector_send(embedding) FROM articles"""));
            }
        }
    }

    private static String[] with(String[] options, String... command) {
        return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
    }

    private static Map<String, String> withoutPrice(SourceTable source) {
        return source.digests("""
                SELECT id, title, views, score, NULL, tags::text,
                  (extract(epoch FROM seen_at) * 1000000)::bigint, vector_send(embedding) FROM articles""");
    }

    private static void awaitError(Pipeline pipeline, String message) {
        Awaitility.await(message).atMost(PATIENCE).until(() -> pipeline.status()
                .filter(status -> status.at("/errors").toString().contains(message))
                .isPresent());
    }
}
