package io.vectorferry.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.producer.SourcePlan;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        description = "What a run would create and read; writes nothing.",
        footer = {"", "Example: ferry plan -f pipeline.yaml"})
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        try (LoadedPipeline pipeline = options.load()) {
            SourcePlan plan = pipeline.source().plan();
            if (options.json()) {
                out.println(new ObjectMapper().writeValueAsString(plan));
            } else {
                print(out, pipeline, plan);
            }
        }
        out.flush();
        return Ferry.DONE;
    }

    private static void print(PrintWriter out, LoadedPipeline pipeline, SourcePlan plan) {
        out.println("at the source, created:");
        plan.creates().forEach(sql -> out.println("  " + sql));
        out.println("in Kafka, created where missing:");
        pipeline.topics()
                .all()
                .forEach(topic -> out.printf("  %s (%d partitions)%n", topic.name(), topic.partitions()));
        out.println("read, and written:");
        for (SourcePlan.CollectionPlan collection : plan.collections()) {
            out.printf(
                    Locale.ROOT,
                    "  %s: about %,d rows, %,d bytes; vector %s; fields %s%n",
                    collection.collection(),
                    collection.rows(),
                    collection.bytes(),
                    collection.vector(),
                    String.join(", ", collection.fields()));
            pipeline.targets()
                    .forEach(target -> out.printf(
                            "    -> %s, table %s%n", target.name(), target.tableOf(collection.collection())));
        }
    }
}
