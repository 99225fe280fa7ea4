package io.vectorferry.control.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.DesiredState;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.lifecycle.Decisions.Observation;
import io.vectorferry.control.routing.RoutingRequest;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real broker: what one controller did, another one finds, wherever the first was killed. */
class ControllerTest {
    private static final int LIVES = 40;

    @TempDir
    Path directory;

    private final Topics topics = Topics.of("p", 1);
    private final List<Controller> abandoned = new ArrayList<>();
    private EmbeddedBroker broker;
    private KafkaConnection kafka;

    @BeforeEach
    void start() {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(List.of(topics.control()));
        }
    }

    @AfterEach
    void stop() {
        abandoned.forEach(Controller::close);
        broker.close();
    }

    private Controller take(ControlView view, String instance, Consumer<String> steps) {
        Controller controller =
                Controller.take(kafka, topics.control(), view, List.of("lake"), instance, Clock.systemUTC(), steps);
        abandoned.add(controller);
        return controller;
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** The test abandons a controller in the middle of a change, as a kill does, with whatever it has open. */
    @Test
    void aControllerThatIsKilledAnywhereContinuesInThatState() {
        Random random = new Random(5);
        int kills = 0;
        Life expected = Life.begin("lake");
        for (int number = 0; number < LIVES; number++) {
            try (ControlView view = new ControlView(kafka, topics.control())) {
                AtomicInteger stepsLeft = new AtomicInteger(random.nextInt(6));
                AtomicInteger committed = new AtomicInteger();
                Controller controller = take(view, "life " + number, step -> {
                    committed.set(step.equals("after the commit") ? 1 : 0);
                    if (stepsLeft.getAndDecrement() == 0) {
                        throw new Killed();
                    }
                });
                assertThat(controller.life()).isEqualTo(expected);
                try {
                    while (true) {
                        Life before = controller.life();
                        committed.set(0);
                        change(controller, random);
                        expected = controller.life();
                        assertThat(expected.sequence()).isBetween(before.sequence(), before.sequence() + 1);
                    }
                } catch (Killed killed) {
                    kills++;
                    expected = committed.get() == 1 ? recorded() : expected;
                }
                assertThat(recorded()).isEqualTo(expected);
            }
        }
        assertThat(kills).isEqualTo(LIVES);
        try (ControlView view = refreshed()) {
            assertThat(Life.history(view)).hasSize(Math.toIntExact(expected.sequence()));
            assertThat(DesiredState.in(view)).isEqualTo(expected.paused() ? DesiredState.PAUSED : DesiredState.RUNNING);
        }
    }

    private Life recorded() {
        try (ControlView view = refreshed()) {
            return Life.of(view, "lake");
        }
    }

    private ControlView refreshed() {
        ControlView view = new ControlView(kafka, topics.control());
        view.refresh();
        return view;
    }

    private static void change(Controller controller, Random random) {
        var unused =
                switch (random.nextInt(4)) {
                    case 0 -> controller.pause("someone", "");
                    case 1 -> controller.resume("someone", "");
                    case 2 ->
                        controller.observe(new Observation(
                                true, random.nextBoolean(), "", "", "", true, Optional.empty(), Double.NaN, 0, 0));
                    default -> routed(controller, random);
                };
    }

    private static Optional<StateTransition> routed(Controller controller, Random random) {
        if (!(controller.life().phase() instanceof Phase.Routable)) {
            return Optional.empty();
        }
        return controller.route("someone", "", percent(random.nextInt(101)));
    }

    private static RoutingRequest percent(int percent) {
        return new RoutingRequest(
                Optional.of(BigDecimal.valueOf(percent)),
                false,
                false,
                false,
                Optional.empty(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void aSecondControllerTakesOverAndTheFirstCannotWriteAnyMore() {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            Controller first = take(view, "first", step -> {});
            first.report();
            assertThat(first.pause("someone", "a reason").orElseThrow().getSequence())
                    .isEqualTo(1);
            Controller second = take(view, "second", step -> {});
            assertThat(second.life().paused()).isTrue();
            second.report();

            assertThatThrownBy(() -> first.resume("someone", "")).isInstanceOf(FerryException.class);
            assertThat(first.isFenced()).isTrue();
            view.refresh();
            assertThat(first.successor(view).orElseThrow().getInstance()).isEqualTo("second");
            assertThat(second.successor(view)).isEmpty();
            assertThat(second.resume("someone", "").orElseThrow().getSequence()).isEqualTo(2);
            assertThat(Controller.running(view, Clock.systemUTC())).isPresent();
            second.end();
            view.refresh();
            assertThat(Controller.running(view, Clock.systemUTC())).isEmpty();
        }
    }

    @Test
    void anOldTopicBeginsWithTheProgressOfItsSnapshotAndKeepsItsHistory() {
        try (ControlPublisher publisher = new ControlPublisher(kafka, topics.control())) {
            for (int i = 0; i < 3; i++) {
                long unused = publisher.publish(
                        ControlKey.transition(i),
                        Control.newBuilder()
                                .setTransition(StateTransition.newBuilder()
                                        .setFrom("planned")
                                        .setTo("failed")
                                        .setWho("control plane")
                                        .setAtMicros(i + 1))
                                .build());
            }
        }
        try (ControlView view = new ControlView(kafka, topics.control())) {
            Controller controller = take(view, "new", step -> {});
            assertThat(controller.life()).isEqualTo(Life.begin("lake"));
            StateTransition first = controller
                    .observe(new Observation(true, true, "", "", "", true, Optional.empty(), Double.NaN, 0.5, 7))
                    .orElseThrow();
            assertThat(first.getSequence()).isEqualTo(3);
            assertThat(first.getTo()).isEqualTo("streaming");
            assertThat(first.getWho()).isEqualTo(Controller.AUTOMATIC);
            view.refresh();
            assertThat(Life.history(view)).hasSize(4).last().isEqualTo(first);
            assertThat(Life.of(view, "lake").phase().state()).isEqualTo(PipelineState.STREAMING);
        }
    }
}
