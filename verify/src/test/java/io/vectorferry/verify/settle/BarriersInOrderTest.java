package io.vectorferry.verify.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.BarrierAck;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.verify.settle.TargetBarriers.KafkaBarriers;
import io.vectorferry.verify.settle.TargetBarriers.PassingBarriers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Whose clock runs fast or slow, and which barrier was issued first, are two questions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class BarriersInOrderTest {
    private static final String TARGET = "lake";
    private static final int PARTITIONS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Long enough for a wait that should go on to end wrongly: its view is read every 50 ms. */
    private static final Duration A_WHILE = Duration.ofMillis(500);

    private final List<Barrier> written = new CopyOnWriteArrayList<>();
    private EmbeddedBroker broker;
    private KafkaConnection kafka;
    private Topics topics;
    private ControlPublisher control;
    private int pipelines;

    @BeforeAll
    public void start(@TempDir Path directory) {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
    }

    @BeforeEach
    void aPipeline() {
        written.clear();
        topics = Topics.of("p" + pipelines++, PARTITIONS);
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        control = new ControlPublisher(kafka, topics.control());
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    @Test
    void anEarlierBarrierOfAFastClockDoesNotStandForALaterOne() {
        Barrier earlier = by(Duration.ofHours(1)).issue(0);
        acknowledge(earlier);

        CompletableFuture<String> reached = CompletableFuture.supplyAsync(() -> reach(Duration.ZERO));
        await().atMost(PATIENCE).until(() -> written.size() == 2);
        acknowledge(earlier.at("0/1 once more"));

        assertThat(reached).isNotDone();
        assertThatThrownBy(() -> reached.get(A_WHILE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        acknowledge(written.getLast().at("0/2"));
        assertThat(reached).succeedsWithin(PATIENCE).isEqualTo("0/2");
    }

    @Test
    void aLaterBarrierOfAClockThatWasSetBackStandsForAnEarlierOne() {
        CompletableFuture<String> reached = CompletableFuture.supplyAsync(() -> reach(Duration.ZERO));
        await().atMost(PATIENCE).until(() -> written.size() == 1);

        acknowledge(by(Duration.ofHours(-1)).issue(0).at("0/3"));

        assertThat(reached).succeedsWithin(PATIENCE).isEqualTo("0/3");
    }

    @Test
    void whoWaitsForPassingBarriersTakesNoneThatWasAnnouncedBefore() {
        Barrier before = by(Duration.ofHours(1)).issue(0).at("0/1");
        acknowledge(before);
        CountDownLatch stopping = new CountDownLatch(1);
        CompletableFuture<String> reached = CompletableFuture.supplyAsync(() -> {
            try (ControlView view = new ControlView(kafka, topics.control())) {
                return new PassingBarriers(view, PARTITIONS, TARGET, PATIENCE, stopping).reach();
            }
        });
        acknowledge(before);
        assertThatThrownBy(() -> reached.get(A_WHILE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);

        // Again and again: on a slow machine the wait begins only now, and takes none that was announced by then.
        await().atMost(PATIENCE).until(() -> {
            acknowledge(by(Duration.ofHours(-1)).issue(0).at("0/4"));
            return reached.isDone();
        });
        assertThat(reached).succeedsWithin(PATIENCE).isEqualTo("0/4");
    }

    @Test
    void theOrderGoesOnAfterARestartOfWhoIssues() {
        Barrier first = by(Duration.ofHours(2)).issue(0);
        try (ControlPublisher restarted = new ControlPublisher(kafka, topics.control())) {
            Barrier second = new BarrierAnnouncer(issuer(), restarted, Clock.systemUTC()).issue(first.sequence());
            assertThat(second.sequence()).isGreaterThan(first.sequence());
            assertThat(second.acknowledged()).isEqualTo(first.sequence());
            assertThat(second.issuedMicros()).isLessThan(first.issuedMicros());
            try (ControlView view = new ControlView(kafka, topics.control())) {
                view.refresh();
                assertThat(view.announcedBarrier()).contains(second);
                assertThat(view.sequence()).isEqualTo(second.sequence());
            }
        }
    }

    private String reach(Duration fast) {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            return new KafkaBarriers(by(fast), view, PARTITIONS, TARGET, PATIENCE).reach();
        }
    }

    private BarrierAnnouncer by(Duration fast) {
        return new BarrierAnnouncer(issuer(), control, Clock.offset(Clock.systemUTC(), fast));
    }

    private BarrierIssuer issuer() {
        return new BarrierIssuer() {
            @Override
            public void issue(Barrier barrier) {
                written.add(barrier);
            }

            @Override
            public void close() {}
        };
    }

    private void acknowledge(Barrier barrier) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            BarrierAck ack = BarrierAck.newBuilder()
                    .setTarget(TARGET)
                    .setPartition(partition)
                    .setBarrier(io.vectorferry.contracts.wire.Barrier.newBuilder()
                            .setId(barrier.id())
                            .setIssuedMicros(barrier.issuedMicros())
                            .setSequence(barrier.sequence())
                            .setSourcePosition(barrier.sourcePosition()))
                    .build();
            control.publish(
                    ControlKey.barrierAck(TARGET, partition),
                    Control.newBuilder().setBarrierAck(ack).build());
        }
    }
}
