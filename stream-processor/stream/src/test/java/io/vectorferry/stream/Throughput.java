package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.key;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures rows/s from {@code changes} to {@code records} visible, and the latency of one row. Arguments: rows, dimensions. */
public final class Throughput {
    private static final Logger LOG = LoggerFactory.getLogger(Throughput.class);
    private static final int DISTINCT_VECTORS = 64;
    private static final int PROBES = 50;

    private Throughput() {}

    public static void main(String[] args) throws IOException {
        int rows = Integer.parseInt(args[0]);
        Row[] distinct = rows(Integer.parseInt(args[1]));
        Path directory = Files.createTempDirectory("throughput");
        PipelineConfig config = TestPipelines.pipeline();
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                StreamBench bench = new StreamBench(config, broker.bootstrapServers())) {
            for (int id = 0; id < rows; id++) {
                bench.send(key(id), upsert(id + 1L, distinct[id % DISTINCT_VECTORS]));
            }
            bench.barrier("end");
            long start = System.nanoTime();
            try (RunningStage stage = bench.stage(directory.resolve("state"))) {
                bench.skipTo("end", stage);
                double seconds = (System.nanoTime() - start) / 1e9;
                LOG.error("{} rows in {} s: {} rows/s, start of the stage included", rows, seconds, rows / seconds);
                latency(bench, stage);
            }
        }
    }

    private static void latency(StreamBench bench, RunningStage stage) {
        long[] nanos = new long[PROBES];
        for (int probe = 0; probe < PROBES; probe++) {
            long start = System.nanoTime();
            bench.barrier("probe " + probe);
            bench.skipTo("probe " + probe, stage);
            nanos[probe] = System.nanoTime() - start;
        }
        java.util.Arrays.sort(nanos);
        LOG.error("latency ms: p50 {} p95 {}", nanos[PROBES / 2] / 1e6, nanos[PROBES * 95 / 100] / 1e6);
    }

    private static Change upsert(long place, Row row) {
        return new Change.Upsert(Change.Origin.CREATE, SourcePosition.stream(1, place, 0), 0, row);
    }

    private static Row[] rows(int dimension) {
        Random random = new Random(1);
        Row[] rows = new Row[DISTINCT_VECTORS];
        for (int i = 0; i < rows.length; i++) {
            float[] floats = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                floats[j] = (float) random.nextGaussian();
            }
            rows[i] = new Row(
                    new VectorColumn("embedding", VectorElement.FLOAT32, dimension, Vector.ofFloats(floats)),
                    List.of(TestPipelines.text("lang", "en"), TestPipelines.whole("n", i)));
        }
        return rows;
    }
}
