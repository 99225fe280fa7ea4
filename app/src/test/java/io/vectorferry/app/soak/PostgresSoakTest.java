package io.vectorferry.app.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A share of what runs for hours with more seeds: see "Soaks" in CONTRIBUTING. */
class PostgresSoakTest {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("java.io.tmpdir"), "soak").toAbsolutePath();

    @Test
    void theTargetHoldsWhatTheSourceHoldsAfterEverySeed() throws IOException, SQLException, InterruptedException {
        SoakSettings settings = SoakSettings.configured();
        Counters all = new Counters();
        List<String> failed = new ArrayList<>();
        for (long seed : SoakSettings.seeds()) {
            long started = System.nanoTime();
            SoakRun.Result result = new Shrinking(DIRECTORY).run(seed, settings);
            System.out.printf(
                    "seed %d: %s, %.0f s: %s%n",
                    seed,
                    result.passed() ? "passed" : "FAILED",
                    (System.nanoTime() - started) / 1e9,
                    result.counters());
            all.add(result.counters());
            if (!result.passed()) {
                String report = String.join(System.lineSeparator(), result.problems());
                Files.writeString(DIRECTORY.resolve("seed-%d.txt".formatted(seed)), report);
                System.out.printf("%s%n", report);
                failed.add(Long.toString(seed));
            }
        }
        System.out.printf("all seeds: %s%n", all);
        assertThat(failed)
                .as("seeds after which the copy was wrong, or a command was")
                .isEmpty();
    }
}
