package io.vectorferry.app.process;

import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.DesiredState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the desired state in {@code control}, which the stages of this process obey, also while Kafka comes and goes. */
final class DesiredStateWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DesiredStateWatch.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

    private final KafkaConnection kafka;
    private final TopicSpec<ControlKey, Control> topic;
    private final Consumer<DesiredState> obey;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final RetryLog retries = new RetryLog(LOG, "The desired state could not be read");
    private final Thread thread =
            Thread.ofPlatform().daemon().name("desired-state").unstarted(this::run);
    private DesiredState obeyed = DesiredState.RUNNING;

    private DesiredStateWatch(
            KafkaConnection kafka, TopicSpec<ControlKey, Control> topic, Consumer<DesiredState> obey) {
        this.kafka = kafka;
        this.topic = topic;
        this.obey = obey;
    }

    /** Returns when the state of now has been obeyed, so that stages which start afterwards start in it. */
    static DesiredStateWatch start(
            KafkaConnection kafka, TopicSpec<ControlKey, Control> topic, Consumer<DesiredState> obey) {
        DesiredStateWatch watch = new DesiredStateWatch(kafka, topic, obey);
        try (ControlView view = new ControlView(kafka, topic)) {
            view.refresh();
            watch.look(view);
        }
        watch.thread.start();
        return watch;
    }

    private void look(ControlView view) {
        DesiredState now = DesiredState.in(view);
        if (now != obeyed) {
            LOG.info("The desired state is {}", now);
            obeyed = now;
            obey.accept(now);
        }
    }

    private void run() {
        try {
            do {
                follow();
            } while (!stopping.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when it has failed, or is to stop. */
    private void follow() {
        try (ControlView view = new ControlView(kafka, topic)) {
            view.refresh();
            while (stopping.getCount() > 0) {
                look(view);
                retries.recovered();
                boolean unused = view.poll(POLL);
            }
        } catch (RuntimeException e) {
            if (stopping.getCount() > 0) {
                retries.failed(e);
            }
        }
    }

    @Override
    public void close() {
        stopping.countDown();
        try {
            if (!thread.join(STOP_PATIENCE)) {
                thread.interrupt(); // it waits for a broker
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
