package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * {@code ferry run --until caught-up} from its start to its end. A second one on the same directory costs only the start
 * and the end.
 */
record WholeRun(double seconds, long peakMegabytes) {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final Duration SAMPLE = Duration.ofMillis(50);

    static WholeRun of(Pipeline pipeline) throws InterruptedException {
        long started = System.nanoTime();
        long peak = 0;
        try (FerryProcess ferry = pipeline.start("run", "--until", "caught-up")) {
            while (!ferry.endsWithin(SAMPLE)) {
                peak = Math.max(peak, residentPeakMegabytes(ferry.pid()));
            }
            FerryProcess.Ended ended = ferry.awaitEnd(TIMEOUT);
            if (ended.exitCode() != 0) {
                throw new IllegalStateException(ended.output());
            }
        }
        return new WholeRun((System.nanoTime() - started) / 1e9, peak);
    }

    private static long residentPeakMegabytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }
}
