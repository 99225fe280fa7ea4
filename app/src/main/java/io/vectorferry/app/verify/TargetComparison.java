package io.vectorferry.app.verify;

import io.vectorferry.app.LoadedPipeline;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.control.verify.Explanations;
import io.vectorferry.control.verify.Repairs;
import io.vectorferry.control.verify.TableResult;
import io.vectorferry.control.verify.TableVerification;
import io.vectorferry.control.verify.TargetBarriers;
import io.vectorferry.control.verify.VerificationOptions;
import io.vectorferry.control.verify.VerificationProgress;
import io.vectorferry.control.verify.VerificationReport;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.stream.TargetRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Verifies every table of one target, one after the other. */
public final class TargetComparison {
    private static final double NANOS_PER_SECOND = 1e9;

    private final LoadedPipeline pipeline;
    private final Target target;
    private final VerificationOptions options;
    private final VerificationProgress progress;

    public TargetComparison(
            LoadedPipeline pipeline, Target target, VerificationOptions options, VerificationProgress progress) {
        this.pipeline = pipeline;
        this.target = target;
        this.options = options;
        this.progress = progress;
    }

    /** What a running pipeline adds: without one nothing is waited for, explained or repaired. */
    public record Surroundings(TargetBarriers barriers, Explanations explanations, Repairs repairs) {
        public static final Surroundings NONE = new Surroundings(() -> "", Explanations.NONE, rows -> {
            throw new IllegalStateException("there is no pipeline to repair by");
        });
    }

    public VerificationReport run(Surroundings surroundings) {
        long started = System.nanoTime();
        PipelineConfig config = pipeline.config();
        List<TableResult> results = new ArrayList<>();
        TargetRows rows = new TargetRows(config);
        for (List<String> collections : tables().values()) {
            try (TargetReader reader = target.reader(collections.getFirst())) {
                results.add(new TableVerification(
                                new PipelineSource(pipeline.source(), collections, rows, ids(collections)),
                                reader,
                                surroundings.barriers(),
                                surroundings.explanations(),
                                surroundings.repairs(),
                                options,
                                progress)
                        .run(directory()));
            }
        }
        double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
        return TableResult.report(config.pipeline(), target.name(), results, options, seconds);
    }

    /** The collections that share a table are compared with it together. */
    private Map<String, List<String>> tables() {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        for (String collection : pipeline.source().collections()) {
            tables.computeIfAbsent(target.tableOf(collection), table -> new ArrayList<>())
                    .add(collection);
        }
        return tables;
    }

    private RowIds ids(List<String> collections) {
        return switch (pipeline.config().ids()) {
            case PRESERVE -> new PreservedIds(collections);
            case UUID5, ALLOCATE -> throw FerryException.misconfigured("not yet", "");
        };
    }

    /** Of this process alone: two verifications may run at once. */
    private Path directory() {
        return pipeline.config()
                .dataDir()
                .resolve("verify")
                .resolve(Long.toString(ProcessHandle.current().pid()));
    }
}
