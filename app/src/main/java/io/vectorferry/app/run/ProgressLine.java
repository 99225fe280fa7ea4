package io.vectorferry.app.run;

import io.vectorferry.control.status.PipelineStatus;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** The status in one line: redrawn on a terminal, a plain one every few seconds elsewhere. For one thread. */
public final class ProgressLine {
    private static final Duration PLAIN_EVERY = Duration.ofSeconds(5);
    private static final int BAR_CELLS = 24;

    private final PrintWriter out;
    private final boolean terminal;
    private long nextPlain = System.nanoTime();

    ProgressLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void show(PipelineStatus status) {
        if (terminal) {
            out.print("\r\u001b[2K" + of(status));
            out.flush();
        } else if (System.nanoTime() - nextPlain >= 0) {
            nextPlain = System.nanoTime() + PLAIN_EVERY.toNanos();
            out.println(of(status));
            out.flush();
        }
    }

    void end() {
        if (terminal) {
            out.println();
            out.flush();
        }
    }

    public static String of(PipelineStatus status) {
        PipelineStatus.Snapshot snapshot = status.snapshot();
        String pause = status.lifecycle().paused() ? "paused until `ferry resume`  " : "";
        String line = pause + (snapshot.complete() ? streaming(status) : snapshot(snapshot));
        return status.errors().isEmpty()
                ? line
                : line + "  ! " + status.errors().getFirst();
    }

    private static String snapshot(PipelineStatus.Snapshot snapshot) {
        double part = snapshot.rowsTotal() == 0 ? 0 : (double) snapshot.rowsDone() / snapshot.rowsTotal();
        int full = (int) (Math.min(1, part) * BAR_CELLS);
        Long eta = snapshot.etaSeconds();
        return String.format(
                Locale.ROOT,
                "snapshot  [%s%s] %3.0f %%  %,d/%,d rows  %,d rows/s%s",
                "█".repeat(full),
                "·".repeat(BAR_CELLS - full),
                part * 100,
                snapshot.rowsDone(),
                snapshot.rowsTotal(),
                snapshot.rowsPerSecond(),
                eta == null ? "" : "  ETA " + eta + " s");
    }

    private static String streaming(PipelineStatus status) {
        StringBuilder line = new StringBuilder(status.state().toString());
        for (PipelineStatus.TargetStatus target : status.targets()) {
            Double lag = target.lagSeconds();
            line.append(String.format(
                    Locale.ROOT,
                    "  %s: lag %s  upserts %,d  deletes %,d",
                    target.name(),
                    lag == null ? "unknown" : String.format(Locale.ROOT, "%.1f s", lag),
                    target.upserts(),
                    target.deletes()));
        }
        return line.append("  dead letters ").append(status.deadLetters()).toString();
    }
}
