package io.vectorferry.app.verify;

import io.vectorferry.verify.diff.VerificationProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Prints the progress of a verification from its own thread until closed: one line that is redrawn on a terminal, a
 * plain one every few seconds elsewhere.
 */
final class VerificationLine implements AutoCloseable {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration PLAIN_EVERY = Duration.ofSeconds(10);
    private static final double NANOS_PER_SECOND = 1e9;

    private final String target;
    private final VerificationProgress progress;
    private final PrintWriter out;
    private final boolean terminal;
    private final long started = System.nanoTime();
    private final Thread thread;

    /** Used only by the thread. */
    private long settlingSince;

    VerificationLine(String target, VerificationProgress progress, PrintWriter out, boolean terminal) {
        this.target = target;
        this.progress = progress;
        this.out = out;
        this.terminal = terminal;
        this.thread = Thread.ofVirtual().name("verification-line").start(this::tell);
    }

    VerificationProgress progress() {
        return progress;
    }

    private void tell() {
        try {
            while (true) {
                Thread.sleep(terminal ? REDRAW : PLAIN_EVERY);
                out.print(terminal ? "\r\u001b[2K" + text() : text() + System.lineSeparator());
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the end
        }
    }

    private String text() {
        if (progress.suspects() > 0) {
            return settling();
        }
        // Of both sides, since a run that was taken up may have had one side complete.
        long read = progress.sourceRows() + progress.targetRows() - progress.knownRows();
        long left = Math.max(0, progress.expectedRows() - progress.sourceRows())
                + Math.max(0, progress.expectedRows() - progress.targetRows());
        double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
        return String.format(
                Locale.ROOT,
                "verify %s  source %,d  target %,d of about %,d rows  %,.0f rows/s a side  ETA %s",
                target,
                progress.sourceRows(),
                progress.targetRows(),
                progress.expectedRows(),
                read / seconds / 2,
                eta(read, left, seconds));
    }

    private String settling() {
        if (settlingSince == 0) {
            settlingSince = System.nanoTime();
        }
        return String.format(
                Locale.ROOT,
                "verify %s  rechecked %,d of %,d candidate differences  ETA %s",
                target,
                progress.settled(),
                progress.suspects(),
                eta(
                        progress.settled(),
                        progress.suspects() - progress.settled(),
                        (System.nanoTime() - settlingSince) / NANOS_PER_SECOND));
    }

    private static String eta(long done, long left, double seconds) {
        return done > 0 ? String.format(Locale.ROOT, "%,.0f s", left * seconds / done) : "unknown";
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (terminal) {
            out.print("\r\u001b[2K");
            out.flush();
        }
    }
}
