package io.vectorferry.app.run;

import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.app.terminal.Terminal;
import io.vectorferry.control.ControlStage;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stages in the foreground of a command: its progress line, its end by signal, by an error, or once caught up. */
public final class Foreground {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);
    private static final Duration REDRAW = Duration.ofMillis(200);

    /** An orderly end needs Kafka; without it the process ends as if it were killed, which costs the next start a little and loses nothing. */
    private static final Duration ORDERLY_END = Duration.ofSeconds(30);

    /** Time for the main thread to report that stopping took too long. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final LoadedPipeline pipeline;
    private final PrintWriter out;
    private final boolean quiet;

    Foreground(LoadedPipeline pipeline, PrintWriter out, boolean quiet) {
        this.pipeline = pipeline;
        this.out = out;
        this.quiet = quiet;
    }

    /**
     * The end of the stages that was no failure.
     *
     * @param isCaughtUp whether that is why they ended; otherwise a signal ended them
     * @param hasRead whether a part of a snapshot was read in this run
     * @param last status, if the control stage is one of them
     */
    record Ended(boolean isCaughtUp, boolean hasRead, Optional<PipelineStatus> last) {}

    public Ended run(Set<StageKind> kinds, boolean untilCaughtUp, boolean newGeneration) throws InterruptedException {
        CountDownLatch signalled = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread onSignal = new Thread(() -> onSignal(signalled, closed), "signal");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            Ended ended = runToEnd(kinds, signalled, untilCaughtUp, newGeneration);
            if (untilCaughtUp && !ended.isCaughtUp()) {
                reportUnfinished(); // here, since the JVM may end as soon as its hook has
            }
            return ended;
        } finally {
            closed.countDown();
            if (signalled.getCount() > 0) {
                remove(onSignal);
            }
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.debug("A signal came at the very end", e);
        }
    }

    private Ended runToEnd(Set<StageKind> kinds, CountDownLatch signalled, boolean untilCaughtUp, boolean newGeneration)
            throws InterruptedException {
        @Nullable PipelineProcess process = null;
        try {
            process = PipelineProcess.start(pipeline, kinds, new ProducerOptions(newGeneration));
            CaughtUp end = new CaughtUp(newGeneration);
            boolean isCaughtUp = follow(process, signalled, untilCaughtUp ? Optional.of(end) : Optional.empty());
            return new Ended(isCaughtUp, end.hasRead(), process.status());
        } finally {
            end(process);
        }
    }

    private void reportUnfinished() {
        if (!quiet) {
            out.println("stopped by a signal before it caught up; the next start resumes from the last commit");
            out.flush();
        }
    }

    /** Whatever the reason of the end, it comes within a bound: what waits for a network that is gone is left behind. */
    private void end(@Nullable PipelineProcess process) throws InterruptedException {
        Thread closing = Thread.ofPlatform().daemon().name("end").start(() -> {
            try (pipeline) {
                if (process != null) {
                    process.close();
                }
            } catch (RuntimeException e) {
                LOG.error("The pipeline did not stop cleanly", e);
            }
        });
        if (!closing.join(ORDERLY_END)) {
            reportDisorder();
        }
    }

    private void reportDisorder() {
        if (!quiet) {
            out.printf(
                    "not stopped within %d s (is Kafka, the source or a target unreachable?); exiting anyway: the next start resumes from the last commit%n",
                    ORDERLY_END.toSeconds());
            out.flush();
        }
    }

    /** Returns whether it has caught up; false: a signal came first. */
    private boolean follow(PipelineProcess process, CountDownLatch signalled, Optional<CaughtUp> end)
            throws InterruptedException {
        ProgressLine line = new ProgressLine(out, Terminal.isStandardOutput());
        try {
            while (!signalled.await(REDRAW.toMillis(), TimeUnit.MILLISECONDS)) {
                Optional<RuntimeException> failure = process.failure();
                if (failure.isPresent()) {
                    throw failure.get();
                }
                Optional<ControlStage.Observation> now = process.observation();
                if (!quiet) {
                    now.ifPresent(observed -> line.show(observed.status()));
                }
                if (end.isPresent() && now.isPresent() && end.get().reachedBy(now.get())) {
                    return true;
                }
            }
            return false;
        } finally {
            line.end();
        }
    }

    /** The JVM ends when its hooks have: this one lets the main thread close everything first. */
    private void onSignal(CountDownLatch signalled, CountDownLatch closed) {
        signalled.countDown();
        try {
            if (!closed.await(ORDERLY_END.plus(GRACE).toSeconds(), TimeUnit.SECONDS)) {
                reportDisorder(); // it has not even begun to end
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
