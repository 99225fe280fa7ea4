package io.vectorferry.verify.watch;

import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps verifying one target. No error of it reaches the pipeline: it is published, and what failed is tried again later. */
final class TargetVerifier implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(TargetVerifier.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(15);
    private static final Duration LIST_EVERY = Duration.ofSeconds(60);

    private final LoadedPipeline pipeline;
    private final Target target;
    private final KafkaConnection kafka;
    private final CountDownLatch stopping;
    private final RetryLog retries;

    TargetVerifier(LoadedPipeline pipeline, Target target, KafkaConnection kafka, CountDownLatch stopping) {
        this.pipeline = pipeline;
        this.target = target;
        this.kafka = kafka;
        this.stopping = stopping;
        this.retries = new RetryLog(LOG, target.name() + " cannot be verified now");
    }

    @Override
    public void run() {
        do {
            try {
                guard();
            } catch (RuntimeException | Error e) {
                retries.failed(e); // Kafka itself
            }
        } while (isToGoOn());
    }

    private void guard() {
        Topics topics = pipeline.topics();
        try (ControlView view = new ControlView(kafka, topics.control());
                ControlPublisher publisher = new ControlPublisher(kafka, topics.control())) {
            PublishedFindings findings = new PublishedFindings(target.name(), publisher);
            do {
                guard(view, findings);
            } while (isToGoOn());
        }
    }

    /** Returns whether to continue, after a pause. An interruption without a request to stop is ignored. */
    private boolean isToGoOn() {
        try {
            return !stopping.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.warn("The verification of {} was interrupted and continues", target.name());
            return stopping.getCount() > 0;
        }
    }

    /** Verifies until it is stopped, or cannot begin, or the source has other collections. */
    private void guard(ControlView view, PublishedFindings findings) {
        try (VerificationSession open =
                VerificationSession.of(pipeline, target, kafka, view, findings.before(view), stopping)) {
            Duration rest = Duration.ZERO;
            long listed = System.nanoTime();
            while (!stopping.await(rest.toMillis(), TimeUnit.MILLISECONDS)) {
                rest = turn(open.watch(), findings);
                if (pipeline.source().mayGrow() && System.nanoTime() - listed >= LIST_EVERY.toNanos()) {
                    if (!open.collections().equals(pipeline.source().collections())) {
                        return;
                    }
                    listed = System.nanoTime();
                }
            }
        } catch (RuntimeException | Error | InterruptedException e) {
            failed(findings, e);
        }
    }

    /** The next turn resumes what a failed one has begun. */
    private Duration turn(TargetWatch watch, PublishedFindings findings) {
        try {
            TargetWatch.Turn turn = watch.turn();
            findings.publish(watch.state(), turn.different());
            return turn.rest();
        } catch (RuntimeException | Error e) {
            failed(findings, e);
            return RETRY_PAUSE;
        }
    }

    private void failed(PublishedFindings findings, Throwable e) {
        if (stopping.getCount() > 0 && findings.fail(e)) {
            retries.failed(e);
        }
    }
}
