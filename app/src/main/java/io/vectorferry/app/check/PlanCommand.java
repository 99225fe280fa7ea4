package io.vectorferry.app.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.terminal.DataSize;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "plan",
        description = "Shows what a run would create and read. Writes nothing.",
        footer = {"", "Example: ferry plan -f pipeline.yaml"})
public final class PlanCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = options.out();
        try (LoadedPipeline pipeline = options.load()) {
            SourcePlan plan = pipeline.source().plan();
            if (options.json()) {
                out.println(new ObjectMapper().writeValueAsString(Plan.of(pipeline, plan)));
            } else {
                print(out, pipeline, plan);
                print(out, Estimate.of(plan, pipeline.config()));
                keyMemory(pipeline, plan)
                        .forEach((target, bytes) -> out.printf(
                                "  memory of target %s: up to %s outside the Java heap, for its keys%n",
                                target, DataSize.of(bytes)));
            }
        }
        out.flush();
        return ExitCode.DONE;
    }

    private static void print(PrintWriter out, LoadedPipeline pipeline, SourcePlan plan) {
        out.println("at the source, created:");
        plan.creates().forEach(sql -> out.println("  " + sql));
        out.println("in Kafka, created if missing:");
        pipeline.topics()
                .all()
                .forEach(topic -> out.printf("  %s (%d partitions)%n", topic.name(), topic.partitions()));
        out.println("read, and written:");
        for (CollectionPlan collection : plan.collections()) {
            out.printf(
                    Locale.ROOT,
                    "  %s: %s, %s; %s; fields %s%n",
                    collection.collection(),
                    rows(collection.rows()),
                    DataSize.of(collection.bytes()),
                    vectors(collection.vectors()),
                    String.join(", ", collection.fields()));
            pipeline.targets()
                    .forEach(target -> out.printf(
                            "    -> %s, table %s%n", target.name(), target.tableOf(collection.collection())));
        }
    }

    private static String vectors(List<SourcePlan.PlannedVector> vectors) {
        return switch (vectors.size()) {
            case 0 -> "no vector";
            case 1 -> "vector " + named(vectors.getFirst());
            default -> "vectors " + vectors.stream().map(PlanCommand::named).collect(Collectors.joining(", "));
        };
    }

    private static String named(SourcePlan.PlannedVector vector) {
        return vector.column() + " " + vector.type();
    }

    private static void print(PrintWriter out, Estimate estimate) {
        out.println("in total, estimated:");
        out.printf("  %s, %s at the source%n", rows(estimate.rows()), DataSize.of(estimate.bytes()));
        out.printf(
                "  disk of Kafka: %s (changes for 7 days, records permanently)%n", DataSize.of(estimate.topicBytes()));
        out.printf("  disk of each target: %s%n", DataSize.of(estimate.targetBytes()));
        out.printf(
                "  WAL at the source: %s per day for barriers; the slot retains what capture has not read yet%n",
                DataSize.of(estimate.barrierBytesPerDay()));
        out.printf(Locale.ROOT, "  time of the snapshot with two cores: %,d s%n", estimate.snapshotSeconds());
    }

    private static String rows(@Nullable Long rows) {
        return rows == null
                ? "rows not counted (locked, slow or not readable: run `ferry doctor`)"
                : String.format(Locale.ROOT, "about %,d rows", rows);
    }

    /** Bytes by target, of those that keep their keys in memory; of tables whose rows were counted. */
    private static Map<String, Long> keyMemory(LoadedPipeline pipeline, SourcePlan plan) {
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Target target : pipeline.targets()) {
            long ofTarget = 0;
            for (CollectionPlan collection : plan.collections()) {
                Long rows = collection.rows();
                ofTarget += rows == null ? 0 : target.writerBytes(rows);
            }
            if (ofTarget > 0) {
                bytes.put(target.name(), ofTarget);
            }
        }
        return bytes;
    }

    /** The output of {@code --json}. */
    public record Plan(
            List<String> creates,
            List<String> topics,
            List<CollectionPlan> collections,
            Estimate estimate,
            Map<String, Long> keyMemoryBytes) {
        public static Plan of(LoadedPipeline pipeline, SourcePlan source) {
            return new Plan(
                    source.creates(),
                    pipeline.topics().all().stream().map(TopicSpec::name).toList(),
                    source.collections(),
                    Estimate.of(source, pipeline.config()),
                    keyMemory(pipeline, source));
        }
    }
}
