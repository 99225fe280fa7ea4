package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ferry run --until caught-up} from its start to its end. A second one on the same directory costs only the start
 * and the end.
 *
 * @param cpuSeconds of all its threads, the broker's and the native ones included: what a busy machine does not change much
 */
record WholeRun(double seconds, double cpuSeconds, long peakMegabytes) {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final Duration SAMPLE = Duration.ofMillis(50);

    static WholeRun of(Pipeline pipeline, String... settings) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("run", "--until", "caught-up"));
        for (String setting : settings) {
            command.add("--set");
            command.add(setting);
        }
        long started = System.nanoTime();
        long peak = 0;
        double cpu = 0;
        try (FerryProcess ferry = pipeline.start(command.toArray(new String[0]))) {
            while (!ferry.endsWithin(SAMPLE)) {
                peak = Math.max(peak, ProcessCost.residentPeakMegabytes(ferry.pid()));
                cpu = Math.max(cpu, cpuSeconds(ferry.pid()));
            }
            FerryProcess.Ended ended = ferry.awaitEnd(TIMEOUT);
            if (ended.exitCode() != 0) {
                throw new IllegalStateException(ended.output());
            }
        }
        return new WholeRun((System.nanoTime() - started) / 1e9, cpu, peak);
    }

    /** What it took beyond a start that found nothing to do. */
    WholeRun less(WholeRun idle) {
        return new WholeRun(seconds - idle.seconds, cpuSeconds - idle.cpuSeconds, peakMegabytes);
    }

    private static double cpuSeconds(long pid) {
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .map(Duration::toMillis)
                        .orElse(0L)
                / 1e3;
    }
}
