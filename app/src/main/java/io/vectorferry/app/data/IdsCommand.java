package io.vectorferry.app.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.app.terminal.SourceKeyJson;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.verify.ids.IdLookupClient;
import io.vectorferry.verify.ids.IdMapReader;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "ids",
        description = "Maps ids of source rows to ids in the target, and back.",
        footer = {"", "Example: ferry ids lookup --old 42 -f pipeline.yaml"})
public final class IdsCommand implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name one of lookup, export");
    }

    @Command(
            name = "lookup",
            description = "Looks up one row by its old or new id in the running stream processor.",
            footer = {"", "Example: ferry ids lookup --new 4398046511105 -f pipeline.yaml"})
    int lookup(
            @Mixin PipelineOptions options,
            @Option(
                            names = "--old",
                            paramLabel = "KEY",
                            description = "the key in the source; a JSON array for a composite key")
                    @Nullable
                    String old,
            @Option(names = "--new", paramLabel = "ID", description = "the id in the target") @Nullable String target,
            @Option(names = "--collection", description = "the source's collection (default: all)") @Nullable
                    String collection)
            throws InterruptedException {
        if ((old == null) == (target == null)) {
            throw new ParameterException(spec.commandLine(), "give one of --old and --new");
        }
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE);
                BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            try (ControlView view =
                            new ControlView(broker.kafka(), pipeline.topics().control());
                    IdLookupClient lookups =
                            new IdLookupClient(view, pipeline.topics().idMap().partitions())) {
                view.refresh();
                List<String> known = recorded(pipeline, view);
                if (collection != null) {
                    ExportCommand.requireKnown(collection, known);
                }
                List<String> collections = collection == null ? known : List.of(collection);
                return old == null
                        ? byNew(options, lookups, pipeline.config().ids(), target == null ? "" : target, collections)
                        : byOld(options, lookups, old, collections);
            }
        }
    }

    /** Returns the known collections without a connection to the source. */
    private static List<String> recorded(LoadedPipeline pipeline, ControlView view) {
        return pipeline.source().mayGrow()
                ? pipeline.recordedSnapshots(view)
                : pipeline.source().collections();
    }

    private int byOld(PipelineOptions options, IdLookupClient lookups, String old, List<String> collections)
            throws InterruptedException {
        int found = ExitCode.ERROR;
        for (SourceKey key : candidates(old, collections)) {
            Optional<IdLookupClient.Found> row = lookups.byKey(key);
            if (row.isPresent()) {
                print(options, row.get());
                found = ExitCode.DONE;
            }
        }
        return found == ExitCode.DONE ? found : missing("no row in the target has the key " + old);
    }

    private int byNew(
            PipelineOptions options, IdLookupClient lookups, IdPolicy policy, String id, List<String> collections)
            throws InterruptedException {
        if (policy == IdPolicy.PRESERVE) {
            return byOld(options, lookups, id, collections);
        }
        boolean number = policy == IdPolicy.ALLOCATE && id.matches("\\d{1,16}");
        Optional<IdLookupClient.Found> row = lookups.byId(
                        number ? new TargetKey.NumberId(Long.parseLong(id)) : new TargetKey.TextId(id))
                .filter(found -> collections.contains(found.source().collection()));
        row.ifPresent(found -> print(options, found));
        return row.isPresent() ? ExitCode.DONE : missing("no row in the target has the id " + id);
    }

    private int missing(String sentence) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(sentence);
        err.flush();
        return ExitCode.ERROR;
    }

    private void print(PipelineOptions options, IdLookupClient.Found found) {
        PrintWriter out = spec.commandLine().getOut();
        ObjectNode shown = shown(found.source(), found.target());
        out.println(
                options.json()
                        ? shown.toString()
                        : "%s  %s -> %s".formatted(found.source().collection(), shown.get("old"), shown.get("new")));
        out.flush();
    }

    @Command(
            name = "export",
            description = "Writes the old and new id of every row as JSON Lines, read from the id-map topic.",
            footer = {"", "Example: ferry ids export -f pipeline.yaml --output ids.jsonl"})
    int export(
            @Mixin PipelineOptions options,
            @Option(names = "--output", paramLabel = "FILE", description = "the file (default: standard output)")
                    @Nullable
                    Path output) {
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE);
                BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            PrintWriter out = output == null
                    ? spec.commandLine().getOut()
                    : new PrintWriter(Files.newBufferedWriter(output, StandardCharsets.UTF_8));
            try {
                IdMapReader.readLiving(
                        broker.kafka(),
                        pipeline.topics().idMap(),
                        (key, mapping) ->
                                out.println(shown(key, mapping.target()).put("mappedMicros", mapping.mappedMicros())));
                if (out.checkError()) {
                    throw FerryException.misconfigured(
                            "the output could not be written", "Check its permissions and the free space on its disk.");
                }
            } finally {
                if (output != null) {
                    out.close();
                }
            }
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be written: %s".formatted(output, e.getMessage()), "Name another file.", e);
        }
        return ExitCode.DONE;
    }

    private static ObjectNode shown(SourceKey key, TargetKey target) {
        ObjectNode shown = JSON.createObjectNode().put("collection", key.collection());
        shown.set("old", SourceKeyJson.of(key));
        return switch (target.id()) {
            case TargetKey.NumberId(long number) -> shown.put("new", number);
            case TargetKey.TextId(String text) -> shown.put("new", text);
        };
    }

    /** The keys that a word may mean: a number, a text, or the columns of a composite key as a JSON array. */
    private static List<SourceKey> candidates(String word, List<String> collections) {
        List<List<Value>> keys = new ArrayList<>();
        if (word.matches("-?\\d{1,19}") && new BigInteger(word).bitLength() < Long.SIZE) {
            keys.add(List.of(new Value.Whole(Long.parseLong(word))));
        }
        keys.add(List.of(new Value.Text(word)));
        if (word.startsWith("[")) {
            keys.add(composite(word));
        }
        return collections.stream()
                .flatMap(collection -> keys.stream().map(parts -> new SourceKey(collection, parts)))
                .toList();
    }

    private static List<Value> composite(String word) {
        List<Value> parts = new ArrayList<>();
        try {
            for (JsonNode part : JSON.readTree(word)) {
                if (part.isIntegralNumber()) {
                    parts.add(new Value.Whole(part.longValue()));
                } else if (part.isBoolean()) {
                    parts.add(new Value.Bool(part.booleanValue()));
                } else {
                    parts.add(new Value.Text(part.asText()));
                }
            }
        } catch (JsonProcessingException e) {
            return List.of(new Value.Text(word)); // a text that only begins so
        }
        return parts;
    }
}
