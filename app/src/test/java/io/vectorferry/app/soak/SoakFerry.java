package io.vectorferry.app.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The pipeline's process, its operator, who starts it again as it advises, and what it says of itself. For one thread. */
final class SoakFerry implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(3);
    private static final int ENDS_MAX = 25;

    private final Pipeline pipeline;
    private final OperationLog log;
    private final Counters counters;
    private @Nullable FerryProcess process;
    private String lastStatus = "(none)";
    private int ends;

    SoakFerry(Pipeline pipeline, OperationLog log, Counters counters) {
        this.pipeline = pipeline;
        this.log = log;
        this.counters = counters;
    }

    void start(String... more) {
        String[] arguments = new String[more.length + 1];
        arguments[0] = "run";
        System.arraycopy(more, 0, arguments, 1, more.length);
        log.add("ferry " + String.join(" ", arguments));
        process = pipeline.start(arguments);
    }

    void kill() {
        log.add("ferry kill -9");
        running().kill();
        start();
    }

    /** As Ctrl-C, and a start. */
    void restart() {
        log.add("ferry stop");
        running().close();
        start();
    }

    private FerryProcess running() {
        FerryProcess started = process;
        if (started == null) {
            throw new IllegalStateException("ferry was not started");
        }
        return started;
    }

    /** Starts what ended by itself as its message advises. */
    void supervise() {
        FerryProcess running = running();
        if (running.isAlive()) {
            return;
        }
        String said = lastWords(running.output());
        counters.add("ferry stopped: " + reason(said));
        log.add("ferry ended: " + said);
        if (++ends > ENDS_MAX) {
            throw new AssertionError("ferry goes on ending:%n%s".formatted(said));
        }
        if (said.contains("--new-generation")) {
            counters.add("--new-generation");
            start("--new-generation");
        } else {
            start();
        }
    }

    /** Waits so long, and starts it again meanwhile where it ends. */
    void superviseFor(Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        do {
            supervise();
            LockSupport.parkNanos(Math.clamp(deadline - System.nanoTime(), 0, POLL.toNanos()));
        } while (deadline - System.nanoTime() > 0);
    }

    /**
     * Waits until the status is fine and has been for {@code quiet}: the snapshot complete, no error, and a lag that began after this call.
     * Everything is committed by then.
     */
    void awaitFine(Duration quiet, Duration atMost) {
        long called = System.nanoTime();
        long fineSince = 0;
        while (true) {
            supervise();
            long now = System.nanoTime();
            boolean fine = pipeline.status()
                    .map(status -> {
                        lastStatus = status.toString();
                        return isFine(status, (now - called) / 1e9);
                    })
                    .orElse(false);
            fineSince = fine ? (fineSince == 0 ? now : fineSince) : 0;
            if (fine && now - fineSince >= quiet.toNanos()) {
                return;
            }
            if (now - called > atMost.toNanos()) {
                throw new AssertionError("the pipeline does not catch up within %s:%n    status %s%n    output %s"
                        .formatted(atMost, lastStatus, tail(running().output())));
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static boolean isFine(JsonNode status, double elapsedSeconds) {
        JsonNode lag = status.at("/targets/0/lagSeconds");
        return status.at("/snapshot/complete").asBoolean()
                && status.at("/state").asText().equals("streaming")
                && status.at("/errors").isEmpty()
                && lag.isNumber()
                && lag.asDouble() < Math.min(10, elapsedSeconds); // idle barriers come some seconds apart
    }

    String lastStatus() {
        return lastStatus;
    }

    FerryProcess.Ended verify(String... more) {
        String[] arguments = new String[more.length + 2];
        arguments[0] = "verify";
        arguments[1] = "--json";
        System.arraycopy(more, 0, arguments, 2, more.length);
        return pipeline.run(COMMAND_TIMEOUT, arguments);
    }

    String deadLetters() {
        return pipeline.run(COMMAND_TIMEOUT, "dead-letters", "list", "--json").output();
    }

    @Override
    public void close() {
        FerryProcess running = process;
        if (running != null && running.isAlive()) {
            running.kill();
        }
    }

    /** Without what differs from run to run. */
    private static String reason(String said) {
        String text = said.replaceAll("[0-9A-F]+/[0-9A-F]+", "…").replaceAll("[0-9]+", "N");
        return text.substring(0, Math.min(300, text.length()));
    }

    private static String lastWords(String output) {
        List<String> lines = output.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\tat "))
                .toList();
        int error = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("ferry:") || lines.get(i).startsWith("error")) {
                error = i;
            }
        }
        int from = error >= 0 ? error : Math.max(0, lines.size() - 4);
        return String.join(" | ", lines.subList(from, lines.size()));
    }

    private static String tail(String output) {
        return output.substring(Math.max(0, output.length() - 4_000));
    }
}
