package io.vectorferry.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.control.DeadLetters;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "dead-letters",
        description = "What could not be written, and its second chance.",
        footer = {"", "Example: ferry dead-letters retry --all -f pipeline.yaml"})
final class DeadLettersCommand implements Runnable {
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
            description = "Every open one; --all: also those dealt with.",
            footer = {"", "Example: ferry dead-letters list -f pipeline.yaml"})
    int list(@Mixin PipelineOptions options, @Option(names = "--all") boolean all) {
        on(
                options,
                (letters, known) -> print(
                        options, known.stream().filter(e -> all || e.isOpen()).toList()));
        return Ferry.DONE;
    }

    @Command(
            name = "show",
            description = "One of them.",
            footer = {"", "Example: ferry dead-letters show 0-12 -f pipeline.yaml"})
    int show(@Mixin PipelineOptions options, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
        on(options, (letters, known) -> print(options, chosen(known, ids, false)));
        return Ferry.DONE;
    }

    @Command(
            name = "retry",
            description = "Sends the chosen ones through the pipeline again.",
            footer = {"", "Example: ferry dead-letters retry 0-12 -f pipeline.yaml"})
    int retry(
            @Mixin PipelineOptions options,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids,
            @Option(names = "--all") boolean all) {
        on(options, (letters, known) -> {
            List<DeadLetters.Entry> chosen = chosen(known, ids, all);
            letters.retry(chosen);
            print(options, "retried", chosen.size());
        });
        return Ferry.DONE;
    }

    @Command(
            name = "discard",
            description = "Gives the chosen ones up.",
            footer = {"", "Example: ferry dead-letters discard --all -f pipeline.yaml"})
    int discard(
            @Mixin PipelineOptions options,
            @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids,
            @Option(names = "--all") boolean all) {
        on(options, (letters, known) -> {
            List<DeadLetters.Entry> chosen = chosen(known, ids, all);
            letters.discard(chosen);
            print(options, "discarded", chosen.size());
        });
        return Ferry.DONE;
    }

    private interface Action {
        void on(DeadLetters letters, List<DeadLetters.Entry> known);
    }

    private static void on(PipelineOptions options, Action action) {
        try (LoadedPipeline pipeline = options.load();
                BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            try (ControlView view =
                    new ControlView(broker.kafka(), pipeline.topics().control())) {
                view.refresh();
                DeadLetters letters = new DeadLetters(broker.kafka(), pipeline.topics(), Clock.systemUTC());
                action.on(letters, letters.list(view));
            }
        }
    }

    private List<DeadLetters.Entry> chosen(List<DeadLetters.Entry> known, List<String> ids, boolean all) {
        if (all) {
            return known.stream().filter(DeadLetters.Entry::isOpen).toList();
        }
        if (ids == null || ids.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name dead letters by their id, or --all");
        }
        List<DeadLetters.Entry> chosen = new ArrayList<>();
        for (String id : ids) {
            chosen.add(known.stream()
                    .filter(entry -> entry.id().equals(id))
                    .findFirst()
                    .orElseThrow(() -> FerryException.misconfigured(
                            "there is no dead letter " + id, "`ferry dead-letters list` shows them.")));
        }
        return chosen;
    }

    private void print(PipelineOptions options, String done, int count) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(options.json() ? JSON.createObjectNode().put(done, count).toString() : done + " " + count);
        out.flush();
    }

    private void print(PipelineOptions options, List<DeadLetters.Entry> entries) {
        PrintWriter out = spec.commandLine().getOut();
        ObjectNode all = JSON.createObjectNode();
        var list = all.putArray("deadLetters");
        for (DeadLetters.Entry entry : entries) {
            var letter = entry.letter();
            list.addObject()
                    .put("id", entry.id())
                    .put("collection", entry.key().collection())
                    .put("key", entry.key().parts().toString())
                    .put("error", letter.error().label())
                    .put("message", letter.message())
                    .put("stage", letter.stage())
                    .put("retryable", letter.retryable())
                    .put("failedMicros", letter.failedMicros())
                    .put("state", entry.state());
            if (!options.json()) {
                out.printf(
                        "%-8s %-10s %-20s %-14s %s: %s%n",
                        entry.id(),
                        entry.state(),
                        letter.error().label(),
                        letter.stage(),
                        entry.key().collection(),
                        letter.message());
            }
        }
        if (options.json()) {
            out.println(all);
        } else {
            out.printf("%d dead letters%n", entries.size());
        }
        out.flush();
    }
}
