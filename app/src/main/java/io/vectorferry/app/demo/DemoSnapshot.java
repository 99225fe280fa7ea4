package io.vectorferry.app.demo;

import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.control.status.PipelineStatus;
import java.util.Optional;

/** The snapshot as one watches it. For one thread. */
final class DemoSnapshot {
    private static final int BAR_CELLS = 30;

    private final DemoConsole screen;
    private final PipelineProcess process;
    private final TargetArticles target;
    private final int rows;

    DemoSnapshot(DemoConsole screen, PipelineProcess process, TargetArticles target, int rows) {
        this.screen = screen;
        this.process = process;
        this.target = target;
        this.rows = rows;
    }

    /** Waits until every row can be read in the target. */
    void await(long startedNanos) throws InterruptedException {
        TargetArticles.await("the snapshot", () -> {
            throwFailure();
            long there = target.count();
            show(there);
            return there == rows
                    && status().filter(s -> s.snapshot().complete()).isPresent();
        });
        PipelineStatus.Snapshot snapshot = status().orElseThrow().snapshot();
        screen.passed();
        screen.detail("%s %,d rows", "█".repeat(BAR_CELLS), rows);
        screen.detail(
                "read from PostgreSQL at %,d rows/s; all in %s %s after the start of everything",
                snapshot.rowsPerSecond(), target.product(), DemoConsole.seconds(startedNanos));
    }

    private Optional<PipelineStatus> status() {
        return process.status();
    }

    private void throwFailure() {
        Optional<RuntimeException> failure = process.failure();
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private void show(long there) {
        int full = (int) (there * BAR_CELLS / rows);
        long read = status().map(s -> s.snapshot().rowsDone()).orElse(0L);
        screen.passing(
                "%s%s %,d of %,d rows read, %,d in %s",
                "█".repeat(full), "·".repeat(BAR_CELLS - full), read, rows, there, target.product());
    }
}
