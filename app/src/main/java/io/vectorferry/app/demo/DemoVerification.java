package io.vectorferry.app.demo;

import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.report.VerificationText;
import io.vectorferry.verify.source.LoadedPipeline;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** {@code ferry verify} while an application keeps writing. For one thread. */
final class DemoVerification {
    private static final long SEED = 2_027;
    private static final long PAUSE_NANOS = 5_000_000;

    private final DemoConsole screen;
    private final SourceArticles source;
    private final List<Long> ids;

    /** @param ids of rows that may be changed meanwhile */
    DemoVerification(DemoConsole screen, SourceArticles source, List<Long> ids) {
        this.screen = screen;
        this.source = source;
        this.ids = ids;
    }

    void run(LoadedPipeline pipeline, PipelineProcess process) throws InterruptedException {
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger writes = new AtomicInteger();
        Thread application = Thread.ofPlatform().name("demo-application").start(() -> write(enough, writes));
        VerificationReport report;
        try {
            report = process.verify(pipeline, pipeline.targets().getFirst(), SEED);
        } finally {
            enough.set(true);
            application.join();
        }
        VerificationText.of(report).lines().forEach(line -> screen.line("   " + line));
        screen.detail("%,d rows were updated while it compared", writes.get());
        if (!report.passed()) {
            throw FerryException.misconfigured(
                    "the target differs from the source", "This is a bug: please report it with the demo's log.");
        }
    }

    private void write(AtomicBoolean enough, AtomicInteger writes) {
        Random random = new Random(SEED);
        try (SourceArticles mine = source.another()) {
            while (!enough.get()) {
                mine.run("UPDATE articles SET body = body || '.' WHERE id = ?", ids.get(random.nextInt(ids.size())));
                writes.incrementAndGet();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
