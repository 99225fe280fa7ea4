package io.vectorferry.app.soak;

import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a seed, and when it fails, again with fewer kinds of events for as long as it is given, to tell which of them it takes. */
final class Shrinking {
    private final Path directory;

    Shrinking(Path directory) {
        this.directory = directory;
    }

    SoakRun.Result run(long seed, SoakSettings settings) throws IOException, SQLException, InterruptedException {
        SoakRun.Result first = once(seed, settings);
        return first.passed() || SoakSettings.shrinkTime().isZero() ? first : shrunk(seed, settings, first);
    }

    private SoakRun.Result shrunk(long seed, SoakSettings settings, SoakRun.Result first)
            throws IOException, SQLException, InterruptedException {
        long deadline = System.nanoTime() + SoakSettings.shrinkTime().toNanos();
        SoakSettings least = settings;
        SoakRun.Result last = first;
        List<Kind> candidates = new ArrayList<>(Kind.of(Kind.Family.SCHEMA));
        candidates.addAll(Kind.of(Kind.Family.CRASH));
        candidates.addAll(Kind.of(Kind.Family.STANDBY));
        candidates.addAll(Kind.of(Kind.Family.TRANSACTION));
        candidates.removeIf(kind -> !settings.has(kind));
        int size = Math.max(1, candidates.size() / 2);
        while (size >= 1 && System.nanoTime() - deadline < 0) {
            List<Kind> rest = new ArrayList<>(candidates);
            for (int from = 0; from < rest.size() && System.nanoTime() - deadline < 0; from += size) {
                List<Kind> part = rest.subList(from, Math.min(rest.size(), from + size));
                SoakSettings fewer = least.without(part);
                SoakRun.@Nullable Result result = once(seed, fewer);
                System.out.printf("seed %d without %s: %s%n", seed, part, result.passed() ? "passes" : "fails still");
                if (!result.passed()) {
                    least = fewer;
                    last = result;
                    candidates.removeAll(part);
                }
            }
            size /= 2;
        }
        List<String> problems = new ArrayList<>(last.problems());
        problems.addFirst("it fails with no more than %s of the events besides statements".formatted(candidates));
        return new SoakRun.Result(seed, first.counters(), problems);
    }

    /** Leaves the directory of what failed. */
    private SoakRun.Result once(long seed, SoakSettings settings)
            throws IOException, SQLException, InterruptedException {
        Path own = directory.resolve("seed-" + seed);
        Directories.delete(own);
        SoakRun.Result result = new SoakRun(seed, settings, own).run();
        if (result.passed()) {
            Directories.delete(own);
        }
        return result;
    }
}
