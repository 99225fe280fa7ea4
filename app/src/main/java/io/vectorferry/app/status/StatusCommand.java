package io.vectorferry.app.status;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.verify.report.VerificationText;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = "Shows progress, rate, lag and errors.",
        footer = {"", "Example: ferry status -f pipeline.yaml --watch"})
public final class StatusCommand implements Callable<Integer> {
    private static final Duration WATCH_EVERY = Duration.ofSeconds(1);

    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Option(names = "--watch", description = "refresh every second until stopped")
    private boolean watch;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = options.out();
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE)) {
            StatusSource source = new StatusSource(pipeline);
            show(out, source.read());
            while (watch) {
                Thread.sleep(WATCH_EVERY);
                show(out, source.read());
            }
        }
        return ExitCode.DONE;
    }

    private void show(PrintWriter out, JsonNode status) {
        if (options.json()) {
            out.println(status);
        } else {
            print(out, status);
        }
        out.flush();
    }

    private static void print(PrintWriter out, JsonNode status) {
        out.printf(
                "%s  %s%s%n",
                status.path("pipeline").asText(), status.path("state").asText(), age(status));
        printLifecycle(out, status.path("lifecycle"));
        printRouting(out, status.path("routing"));
        JsonNode snapshot = status.path("snapshot");
        out.printf(
                Locale.ROOT,
                "  snapshot  %,d/%,d rows  %,d rows/s  %s%n",
                snapshot.path("rowsDone").asLong(),
                snapshot.path("rowsTotal").asLong(),
                snapshot.path("rowsPerSecond").asLong(),
                snapshot.path("complete").asBoolean()
                        ? "complete"
                        : "ETA " + snapshot.path("etaSeconds").asText("?") + " s");
        for (JsonNode target : status.path("targets")) {
            out.printf(
                    Locale.ROOT,
                    "  %-8s  %s  lag %s  upserts %,d  deletes %,d%n",
                    target.path("name").asText(),
                    target.path("state").asText(),
                    lag(target.path("lagSeconds")),
                    target.path("upserts").asLong(),
                    target.path("deletes").asLong());
            printVerification(out, target.path("verification"));
        }
        out.printf("  dead letters %d%n", status.path("deadLetters").asLong());
        JsonNode references = status.path("references");
        if (references.isObject()) {
            out.printf(
                    Locale.ROOT,
                    "  references without a vector %,d  vectors without a reference %,d%n",
                    references.path("orphanReferences").asLong(),
                    references.path("unreferencedVectors").asLong());
        }
        status.path("errors").forEach(error -> out.println("  ! " + error.asText()));
    }

    private static void printLifecycle(PrintWriter out, JsonNode lifecycle) {
        if (!lifecycle.isObject()) {
            return; // of an earlier release
        }
        if (lifecycle.path("since").isTextual()) {
            out.printf(
                    "  %s%s since %s%n",
                    lifecycle.path("state").asText(),
                    lifecycle.path("paused").asBoolean() ? ", paused" : "",
                    VerificationText.moment(lifecycle.path("since").asText()));
        }
        lifecycle.path("waitsFor").forEach(what -> out.println("  waits for " + what.asText()));
    }

    private static void printRouting(PrintWriter out, JsonNode routing) {
        boolean isMoved = routing.path("percent").asDouble() > 0
                || routing.path("shadowShare").asDouble() > 0
                || !routing.path("writes").asText("source").equals("source");
        if (isMoved) {
            out.printf(
                    "  reads     %s %% from %s, writes to %s%n",
                    routing.path("percent").asText(),
                    routing.path("target").asText(),
                    routing.path("writes").asText());
        }
    }

    /** Nothing of a pipeline that runs. */
    private static String age(JsonNode status) {
        return status.path("running").asBoolean(true) // an earlier release did not say it
                ? ""
                : "  (not running; last state of %s)"
                        .formatted(VerificationText.moment(status.path("asOf").asText()));
    }

    private static String lag(JsonNode seconds) {
        return seconds.isNumber() ? String.format(Locale.ROOT, "%.1f s", seconds.asDouble()) : "unknown";
    }

    private static void printVerification(PrintWriter out, JsonNode found) {
        if (!found.isObject()) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "            verified %,d rows  different %,d  sweep %.0f %%  sweeps %,d%n",
                found.path("checked").asLong(),
                found.path("differences").asLong(),
                found.path("sweepDone").asDouble() * 100,
                found.path("sweepsCompleted").asLong());
        JsonNode last = found.path("lastDifference");
        if (last.isObject()) {
            out.printf(
                    "            ! id %s of %s is %s%n",
                    last.path("id").asText(),
                    last.path("collection").asText(),
                    last.path("kind").asText());
        }
        if (!found.path("error").asText().isEmpty()) {
            out.println("            ! " + found.path("error").asText());
        }
    }
}
