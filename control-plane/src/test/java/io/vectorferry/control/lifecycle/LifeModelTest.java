package io.vectorferry.control.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.lifecycle.Decisions.Observation;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingRequest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands, observations and crashes, beside a list of the legal moves that knows nothing of the code. */
class LifeModelTest {
    private static final int STEPS = 2_000;
    private static final Set<String> TARGETS = Set.of("lake", "milvus");

    private static final Set<String> LEGAL = Set.of(
            "idle snapshot",
            "idle streaming",
            "snapshot streaming",
            "snapshot idle",
            "streaming snapshot",
            "streaming verifying",
            "streaming shadow",
            "streaming canary",
            "streaming switching",
            "streaming idle",
            "verifying snapshot",
            "verifying streaming",
            "verifying shadow",
            "verifying canary",
            "verifying switching",
            "verifying idle",
            "shadow streaming",
            "shadow canary",
            "shadow switching",
            "shadow idle",
            "canary streaming",
            "canary shadow",
            "canary switching",
            "canary idle",
            "switching switched",
            "switching streaming",
            "switching verifying",
            "switching shadow",
            "switching canary",
            "switched rolling_back",
            "switched completed",
            "rolling_back switched",
            "rolling_back streaming");

    private final List<StateTransition> log = new ArrayList<>();
    private Life life = Life.begin("lake");
    private long now;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whateverIsAskedForAndWheneverItCrashesTheStateIsTheFoldOfLegalEvents(long seed) {
        Random random = new Random(seed);
        Map<PipelineState, Integer> visited = new EnumMap<>(PipelineState.class);
        PipelineState beforeTheSwitch = PipelineState.UNKNOWN;
        for (int step = 0; step < STEPS; step++) {
            now += random.nextInt(1_000_000_000);
            Life before = life;
            try {
                Optional<Life.Change> change =
                        random.nextInt(4) == 0 ? Decisions.automatic(life, seen(random)) : asked(random);
                if (change.isPresent()) {
                    apply(change.get(), random);
                }
            } catch (FerryException refused) {
                assertThat(refused.remedy()).as(refused.getMessage()).isNotEmpty();
                assertThat(life).isEqualTo(before);
            }
            if (life.phase().state() != before.phase().state()) {
                assertThat(LEGAL)
                        .contains(before.phase().state() + " " + life.phase().state());
                if (life.phase() instanceof Phase.Switching) {
                    beforeTheSwitch = before.phase().state();
                } else if (before.phase() instanceof Phase.Switching && !(life.phase() instanceof Phase.Switched)) {
                    assertThat(life.phase().state()).isEqualTo(beforeTheSwitch);
                }
            }
            checkRouting();
            visited.merge(life.phase().state(), 1, Integer::sum);
            if (life.phase() instanceof Phase.Completed) {
                assertThat(life.paused()).isTrue();
                log.clear();
                life = Life.begin("lake"); // another pipeline
            }
        }
        assertThat(fold()).isEqualTo(life);
        assertThat(visited.keySet())
                .containsAll(EnumSet.complementOf(EnumSet.of(PipelineState.FAILED, PipelineState.UNKNOWN)));
    }

    /** A crash loses what is in memory, and the event too if it comes before the commit. */
    private void apply(Life.Change change, Random random) {
        StateTransition event = life.event(change, life.sequence() + 1, "someone", now);
        int crash = random.nextInt(10);
        if (crash > 0) {
            log.add(event);
        }
        if (crash > 1) {
            life = life.after(event);
        } else {
            Life known = crash == 0 ? life : life.after(event);
            life = fold();
            assertThat(life).isEqualTo(known);
        }
    }

    private Life fold() {
        Life folded = Life.begin("lake");
        for (StateTransition event : log) {
            folded = folded.after(event);
        }
        return folded;
    }

    private void checkRouting() {
        boolean mayRead = life.phase() instanceof Phase.Canary || !(life.phase() instanceof Phase.Cancellable);
        if (life.routing().readsTarget() && life.phase() instanceof Phase.Cancellable) {
            assertThat(mayRead).as("reads at the target in %s", life.phase()).isTrue();
        }
        if (life.phase() instanceof Phase.Idle && life.paused()) {
            assertThat(life.routing().share()).isZero();
        }
    }

    private Observation seen(Random random) {
        return new Observation(
                random.nextInt(10) > 0,
                random.nextInt(3) > 0,
                random.nextInt(10) == 0 ? "a stage fails" : "",
                random.nextInt(4) == 0 ? "run" : "",
                "earlier run",
                random.nextBoolean(),
                random.nextInt(5) == 0 ? Optional.of("lake is slow") : Optional.empty(),
                random.nextBoolean() ? Double.NaN : random.nextDouble(),
                1,
                now);
    }

    private Optional<Life.Change> asked(Random random) {
        return switch (random.nextInt(9)) {
            case 0 -> Decisions.pause(life, "");
            case 1 -> Decisions.resume(life, "");
            case 2 -> random.nextInt(10) == 0 ? Decisions.cancel(life, "") : Optional.empty();
            case 3 -> random.nextInt(10) == 0 ? Decisions.complete(life, "") : Optional.empty();
            case 4 -> switched(random);
            default -> Decisions.route(life, request(random), TARGETS, "", now);
        };
    }

    /** The steps of a switch and of a rollback, which end well or are undone. */
    private Optional<Life.Change> switched(Random random) {
        Phase next =
                switch (life.phase()) {
                    case Phase.Routable routable -> random.nextInt(5) == 0 ? routable.switchBegun() : routable;
                    case Phase.Switching switching -> random.nextBoolean() ? switching.done() : switching.undone();
                    case Phase.Switched switched -> switched.rollbackBegun();
                    case Phase.RollingBack rolling -> random.nextBoolean() ? rolling.done() : rolling.undone();
                    case Phase.Idle idle -> idle;
                    case Phase.Snapshot snapshot -> snapshot;
                    case Phase.Completed completed -> completed;
                };
        Life.Change change = life.to(next, "");
        return Optional.of(
                life.phase() instanceof Phase.RollingBack && next instanceof Phase.Streaming
                        ? change.with(life.routing().returned())
                        : change);
    }

    private static RoutingRequest request(Random random) {
        int kind = random.nextInt(7);
        return new RoutingRequest(
                kind == 0 ? Optional.of(BigDecimal.valueOf(random.nextInt(101))) : Optional.empty(),
                kind == 1,
                kind == 2,
                kind == 3,
                Optional.empty(),
                kind == 4 ? Map.of("a", random.nextBoolean() ? "source" : "lake") : Map.of(),
                kind == 5 ? List.of("a") : List.of(),
                kind == 6 ? Optional.of(random.nextInt(3) / 2.0) : Optional.empty(),
                Optional.empty());
    }

    @Test
    void aStateThatOnlyALaterVersionHasIsRefusedWithItsRemedy() {
        StateTransition event = StateTransition.newBuilder()
                .setSequence(1)
                .setFrom("idle")
                .setTo("archived")
                .build();
        assertThatThrownBy(() -> life.after(event))
                .isInstanceOf(FerryException.class)
                .hasMessage("event 1 of the life cycle leads from idle to archived, but the pipeline was in idle");
    }

    @Test
    void aStepThatGoesBadlyIsUndoneWithItsReason() {
        life = streaming();
        apply(route(new BigDecimal(5)));
        assertThat(life.phase()).isEqualTo(new Phase.Canary());
        Life.Change back = Decisions.automatic(
                        life,
                        observation(true, Optional.of("the searches of lake overlap by 50.0 %, less than 90 %"), now))
                .orElseThrow();
        assertThat(back.why())
                .isEqualTo("stepped back from 5 % to 1 %: the searches of lake overlap by 50.0 %, less than 90 %");
        assertThat(back.evidence().getOverlap()).isEqualTo(0.5);
        apply(back);
        assertThat(life.routing().share()).isEqualTo(100);
        assertThat(life.routing().held()).isTrue();
        apply(Decisions.automatic(life, observation(true, Optional.of("still"), now))
                .orElseThrow());
        assertThat(life.phase()).isEqualTo(new Phase.Streaming());
        assertThat(life.routing().share()).isZero();
    }

    @Test
    void aPlanAdvancesByItselfWhenItsTimeIsOverAndThePipelineIsHealthy() {
        life = streaming();
        apply(Decisions.route(
                        life,
                        new RoutingRequest(
                                Optional.empty(),
                                false,
                                true,
                                false,
                                Optional.empty(),
                                Map.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty()),
                        TARGETS,
                        "",
                        0)
                .orElseThrow());
        long end = life.routing().endOfStep().orElseThrow();
        assertThat(Decisions.automatic(life, observation(true, Optional.empty(), end - 1)))
                .isEmpty();
        assertThat(Decisions.automatic(life, observation(false, Optional.empty(), end)))
                .as("a target lags")
                .isEmpty();
        apply(Decisions.automatic(life, observation(true, Optional.empty(), end))
                .orElseThrow());
        assertThat(life.routing().share()).isEqualTo(500);
        assertThat(life.routing().endOfStep()).hasValue(2 * end);
    }

    @Test
    void readsDoNotMoveBeforeTheTargetHasAllRows() {
        assertThatThrownBy(() -> route(new BigDecimal(5)))
                .isInstanceOf(FerryException.class)
                .hasMessage("the pipeline is in state idle: lake does not have all rows");
    }

    private Life streaming() {
        life = life.after(life.event(life.to(new Phase.Streaming(), ""), 1, "automatic", now));
        return life;
    }

    private Life.Change route(BigDecimal percent) {
        return Decisions.route(
                        life,
                        new RoutingRequest(
                                Optional.of(percent),
                                false,
                                false,
                                false,
                                Optional.empty(),
                                Map.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty()),
                        TARGETS,
                        "",
                        now)
                .orElseThrow();
    }

    private void apply(Life.Change change) {
        life = life.after(life.event(change, life.sequence() + 1, "someone", now));
    }

    private static Observation observation(boolean healthy, Optional<String> objection, long nowMicros) {
        return new Observation(true, true, "", "", "", healthy, objection, 0.5, 0.1, nowMicros);
    }

    @Test
    void theBucketsOfTheRoutingSurviveTheFold() {
        life = streaming();
        apply(route(new BigDecimal("12.34")));
        assertThat(Routing.of(life.routing().wire()).share()).isEqualTo(1_234);
    }
}
