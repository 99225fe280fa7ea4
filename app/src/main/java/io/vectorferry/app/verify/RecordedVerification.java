package io.vectorferry.app.verify;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.VerificationRun;
import io.vectorferry.verify.report.VerificationReport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Reports in {@code control} that a verification runs, and how it ended: the life cycle shows it, and a switch needs it. Silence
 * means that the process ended.
 */
final class RecordedVerification implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ControlPublisher control;
    private final VerificationRun begun;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("verification-report").unstarted(this::run);

    private RecordedVerification(ControlPublisher control, VerificationRun begun) {
        this.control = control;
        this.begun = begun;
    }

    static RecordedVerification begin(KafkaConnection kafka, TopicSpec<ControlKey, Control> topic, String target) {
        long now = Micros.now();
        VerificationRun begun = VerificationRun.newBuilder()
                .setTarget(target)
                .setId(target + "@" + Micros.instant(now))
                .setBegunMicros(now)
                .build();
        RecordedVerification recorded = new RecordedVerification(new ControlPublisher(kafka, topic), begun);
        recorded.thread.start();
        return recorded;
    }

    private void run() {
        try {
            do {
                publish(begun.toBuilder());
            } while (!ended.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reports the verdict, durably. */
    void finished(VerificationReport report) throws InterruptedException {
        ended.countDown();
        thread.join();
        publish(begun.toBuilder()
                .setFinishedMicros(Micros.now())
                .setPassed(report.passed())
                .setChecked(report.diff().checked())
                .setBarrier(report.barrier()));
    }

    private void publish(VerificationRun.Builder run) {
        long unused = control.publish(
                ControlKey.verificationRun(begun.getTarget()),
                Control.newBuilder()
                        .setVerificationRun(run.setUpdatedMicros(Micros.now()))
                        .build());
    }

    @Override
    public void close() {
        ended.countDown();
        thread.interrupt();
        control.close();
    }
}
