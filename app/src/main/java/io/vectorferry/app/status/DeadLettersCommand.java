package io.vectorferry.app.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.app.terminal.SourceKeyJson;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.control.deadletters.DeadLetterPages;
import io.vectorferry.control.deadletters.DeadLetters;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "dead-letters",
        description = "Lists, shows, retries or discards records that could not be written.",
        footer = {"", "Example: ferry dead-letters retry --all -f pipeline.yaml"})
public final class DeadLettersCommand implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name one of list, show, retry, discard");
    }

    @Command(
            name = "list",
            description = "Lists open dead letters; --all includes those already retried or discarded.",
            footer = {"", "Example: ferry dead-letters list -f pipeline.yaml"})
    int list(@Mixin PipelineOptions options, @Option(names = "--all") boolean all) {
        ObjectNode json = JSON.createObjectNode();
        int count = on(options, entry -> all || entry.isOpen(), (letters, page) -> print(options, json, page));
        printEnd(options, json, count);
        return ExitCode.DONE;
    }

    @Command(
            name = "show",
            description = "Shows the given dead letters.",
            footer = {"", "Example: ferry dead-letters show 0-12 -f pipeline.yaml"})
    public int show(@Mixin PipelineOptions options, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        ObjectNode json = JSON.createObjectNode();
        int count = onChosen(options, ids, false, (letters, page) -> print(options, json, page));
        printEnd(options, json, count);
        return ExitCode.DONE;
    }

    @Command(
            name = "retry",
            description = "Sends the given dead letters through the pipeline again.",
            footer = {"", "Example: ferry dead-letters retry 0-12 -f pipeline.yaml"})
    int retry(
            @Mixin PipelineOptions options,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids,
            @Option(names = "--all") boolean all) {
        List<DeadLetters.Entry> refused = new ArrayList<>();
        int count = onChosen(options, ids, all, (letters, page) -> refused.addAll(letters.retry(page)));
        print(options, "retried", count - refused.size());
        if (!refused.isEmpty()) {
            throw DeadLetters.refusal(refused.getFirst());
        }
        return ExitCode.DONE;
    }

    @Command(
            name = "discard",
            description = "Discards the given dead letters.",
            footer = {"", "Example: ferry dead-letters discard --all -f pipeline.yaml"})
    int discard(
            @Mixin PipelineOptions options,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids,
            @Option(names = "--all") boolean all) {
        int count = onChosen(options, ids, all, DeadLetters::discard);
        print(options, "discarded", count);
        return ExitCode.DONE;
    }

    private interface Action {
        void on(DeadLetters letters, List<DeadLetters.Entry> page);
    }

    /** Page by page, however many there are. Returns how many there were. */
    private static int on(PipelineOptions options, Predicate<DeadLetters.Entry> wanted, Action action) {
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE);
                BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            try (ControlView view =
                    new ControlView(broker.kafka(), pipeline.topics().control())) {
                view.refresh();
                DeadLetters letters = new DeadLetters(broker.kafka(), pipeline.topics(), Clock.systemUTC());
                int count = 0;
                try (DeadLetterPages pages = letters.pages(view, wanted)) {
                    for (var page = pages.next(); !page.isEmpty(); page = pages.next()) {
                        action.on(letters, page);
                        count += page.size();
                    }
                }
                return count;
            }
        }
    }

    private int onChosen(PipelineOptions options, @Nullable List<String> ids, boolean all, Action action) {
        if (all) {
            return on(options, DeadLetters.Entry::isOpen, action);
        }
        if (ids == null || ids.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name dead letters by their id, or --all");
        }
        Set<String> missing = new LinkedHashSet<>(ids);
        int count = on(options, entry -> missing.remove(entry.id()), action);
        if (!missing.isEmpty()) {
            throw FerryException.misconfigured(
                    "there is no dead letter " + String.join(", ", missing), "`ferry dead-letters list` shows them.");
        }
        return count;
    }

    private void print(PipelineOptions options, String done, int count) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(options.json() ? JSON.createObjectNode().put(done, count).toString() : done + " " + count);
        out.flush();
    }

    private void print(PipelineOptions options, ObjectNode json, List<DeadLetters.Entry> entries) {
        PrintWriter out = spec.commandLine().getOut();
        var list = json.withArray("deadLetters");
        for (DeadLetters.Entry entry : entries) {
            var letter = entry.letter();
            JsonNode key = SourceKeyJson.of(entry.key());
            list.addObject()
                    .put("id", entry.id())
                    .put("collection", entry.key().collection())
                    .<ObjectNode>set("key", key)
                    .put("error", letter.error().label())
                    .put("message", letter.message())
                    .put("stage", letter.stage())
                    .put("retryable", entry.isRetryable())
                    .put("failedMicros", letter.failedMicros())
                    .put("state", entry.state().toString());
            if (!options.json()) {
                out.printf(
                        "%-8s %-10s %-20s %-14s %s %s: %s%n",
                        entry.id(),
                        entry.state(),
                        letter.error().label(),
                        letter.stage(),
                        entry.key().collection(),
                        key,
                        letter.message());
            }
        }
    }

    private void printEnd(PipelineOptions options, ObjectNode json, int count) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            json.withArray("deadLetters");
            out.println(json);
        } else {
            out.printf("%d dead letters%n", count);
        }
        out.flush();
    }
}
