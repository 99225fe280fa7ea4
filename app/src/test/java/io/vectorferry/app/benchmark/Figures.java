package io.vectorferry.app.benchmark;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Medians of a few runs, and how they are printed. */
final class Figures {
    private Figures() {}

    static double median(List<Double> values) {
        return values.stream()
                .sorted()
                .skip((values.size() - 1) / 2)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** @param count of rows or changes in each run */
    static void report(PrintStream out, String what, long count, String unit, List<Double> seconds) {
        out.printf(
                Locale.ROOT,
                "%-38s %,9.0f %s/s   (%s s)%n",
                what,
                count / median(seconds),
                unit,
                String.join(", ", seconds.stream().map(s -> "%.1f".formatted(s)).toList()));
    }

    /** Whole runs, with the CPU that one of the count took; returns the median of their seconds. */
    static double reportRuns(PrintStream out, String what, long count, String unit, List<WholeRun> runs) {
        List<Double> seconds = runs.stream().map(WholeRun::seconds).toList();
        report(out, what, count, unit, seconds);
        out.printf(
                Locale.ROOT,
                "%-38s %,9.0f µs of CPU for each of the %s, peak memory %d MB%n",
                "",
                median(runs.stream().map(WholeRun::cpuSeconds).toList()) * 1e6 / count,
                unit,
                runs.stream().mapToLong(WholeRun::peakMegabytes).max().orElse(0));
        return median(seconds);
    }
}
