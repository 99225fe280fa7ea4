package io.vectorferry.control.lifecycle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.ControllerLog;
import io.vectorferry.contracts.control.DesiredState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.ControllerReport;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.routing.RoutingBoard;
import io.vectorferry.control.routing.RoutingRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one controller of a pipeline: decides, writes the event with the desired state of all stages in one transaction, and
 * then holds the new state in memory. Another controller that starts shuts this one out. Safe for any thread.
 */
public final class Controller implements AutoCloseable {
    /** The one who decides without a person. */
    public static final String AUTOMATIC = "automatic";

    /** A controller that has reported within this time is taken to run. */
    static final Duration SILENCE = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    /** The longest that a request waits for one that waits for Kafka. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ControllerLog log;
    private final Set<String> targets;
    private final Clock clock;
    private final Consumer<String> steps;
    private final RoutingBoard board;
    private final ReentrantLock lock = new ReentrantLock();
    private final String id = UUID.randomUUID().toString();
    private final String instance;
    private final long sinceMicros;
    private volatile String address = "";
    private volatile Life life;
    private long nextNumber;
    private volatile boolean isBroken;

    private Controller(
            ControllerLog log,
            Life life,
            long nextNumber,
            List<String> targets,
            String instance,
            Clock clock,
            Consumer<String> steps) {
        this.log = log;
        this.life = life;
        this.nextNumber = nextNumber;
        this.targets = Set.copyOf(targets);
        this.instance = instance;
        this.clock = clock;
        this.steps = steps;
        this.sinceMicros = Micros.now(clock);
        this.board = new RoutingBoard(life.routing());
    }

    /**
     * Takes over the control of the pipeline, in the state in which it was left.
     *
     * @param view refreshed by this
     * @param targets of the pipeline, of which reads move to the first unless a person chooses another
     * @param instance the process, as the status names it
     */
    public static Controller take(
            KafkaConnection kafka,
            TopicSpec<ControlKey, Control> topic,
            ControlView view,
            List<String> targets,
            String instance,
            Clock clock) {
        return take(kafka, topic, view, targets, instance, clock, step -> {});
    }

    /** @param steps called before each step of a change, so that a test can end the controller there */
    static Controller take(
            KafkaConnection kafka,
            TopicSpec<ControlKey, Control> topic,
            ControlView view,
            List<String> targets,
            String instance,
            Clock clock,
            Consumer<String> steps) {
        ControllerLog log = ControllerLog.take(kafka, topic);
        try {
            view.refresh(); // what the controller before has committed cannot grow any more
            return new Controller(
                    log, Life.of(view, targets.getFirst()), Life.nextNumber(view), targets, instance, clock, steps);
        } catch (RuntimeException | Error e) {
            log.close();
            throw e;
        }
    }

    /** Returns the controller that has reported lately and has not ended, by the clock of this machine. */
    public static Optional<ControllerReport> running(ControlView view, Clock clock) {
        return view.get(ControlKey.controller())
                .map(Control::getController)
                .filter(report -> !report.getEnded()
                        && Micros.now(clock) - report.getUpdatedMicros()
                                < TimeUnit.NANOSECONDS.toMicros(SILENCE.toNanos()));
    }

    /** Sets what the next report says of the REST interface. */
    public void servesAt(String hostAndPort) {
        address = hostAndPort;
    }

    public Life life() {
        return life;
    }

    public RoutingBoard routing() {
        return board;
    }

    /** Whether the last commit failed: the state in memory may be behind the one in {@code control}. */
    public boolean isBroken() {
        return isBroken;
    }

    /** Returns the controller that has taken over, as far as the view shows it. */
    public Optional<ControllerReport> successor(ControlView view) {
        return view.get(ControlKey.controller()).map(Control::getController).filter(report -> !report.getId()
                .equals(id));
    }

    public boolean isFenced() {
        return log.isFenced();
    }

    /** Returns the event; empty if the pipeline was paused already. */
    public Optional<StateTransition> pause(String who, String why) {
        return change(who, now -> Decisions.pause(now, why));
    }

    public Optional<StateTransition> resume(String who, String why) {
        return change(who, now -> Decisions.resume(now, why));
    }

    public Optional<StateTransition> cancel(String who, String why) {
        return change(who, now -> Decisions.cancel(now, why));
    }

    public Optional<StateTransition> complete(String who, String why) {
        return change(who, now -> Decisions.complete(now, why));
    }

    public Optional<StateTransition> route(String who, String why, RoutingRequest request) {
        return change(who, now -> Decisions.route(now, request, targets, why, Micros.now(clock)));
    }

    public Optional<StateTransition> observe(Decisions.Observation seen) {
        return Decisions.automatic(life, seen).isEmpty()
                ? Optional.empty()
                : change(AUTOMATIC, now -> Decisions.automatic(now, seen));
    }

    /** Reports that this controller runs, and notices that another one has taken over. */
    public void report() {
        locked(() -> {
            commit(Map.of(ControlKey.controller(), report(false)));
            return Optional.empty();
        });
    }

    /** Reports that this controller has ended, so that a command need not wait until it is silent. */
    public void end() {
        locked(() -> {
            commit(Map.of(ControlKey.controller(), report(true)));
            return Optional.empty();
        });
    }

    private Control report(boolean ended) {
        return Control.newBuilder()
                .setController(ControllerReport.newBuilder()
                        .setInstance(instance)
                        .setAddress(address)
                        .setId(id)
                        .setSinceMicros(sinceMicros)
                        .setUpdatedMicros(Micros.now(clock))
                        .setEnded(ended))
                .build();
    }

    private Optional<StateTransition> change(String who, Function<Life, Optional<Life.Change>> decide) {
        return locked(() -> {
            Life before = life;
            Optional<Life.Change> decided = decide.apply(before);
            if (decided.isEmpty()) {
                return Optional.empty();
            }
            StateTransition event = before.event(decided.get(), nextNumber, who, Micros.now(clock));
            Life after = before.after(event);
            Map<ControlKey, Control> records = new LinkedHashMap<>();
            records.put(
                    ControlKey.transition(nextNumber),
                    Control.newBuilder().setTransition(event).build());
            if (after.paused() != before.paused() || before.sequence() == 0) {
                records.put(ControlKey.desiredState(), desired(after, event));
            }
            steps.accept("before the commit");
            commit(records);
            steps.accept("after the commit");
            nextNumber++;
            life = after;
            board.publish(after.routing());
            LOG.info(
                    "Event {} by {}: {} to {}{}{}",
                    event.getSequence(),
                    who,
                    event.getFrom(),
                    event.getTo(),
                    after.paused() ? ", paused" : "",
                    event.getWhy().isEmpty() ? "" : ": " + event.getWhy());
            return Optional.of(event);
        });
    }

    private static Control desired(Life after, StateTransition event) {
        return Control.newBuilder()
                .setDesiredState(io.vectorferry.contracts.wire.DesiredState.newBuilder()
                        .setState((after.paused() ? DesiredState.PAUSED : DesiredState.RUNNING).toString())
                        .setWho(event.getWho())
                        .setAtMicros(event.getAtMicros()))
                .build();
    }

    private void commit(Map<ControlKey, Control> records) {
        if (isBroken) {
            throw FerryException.retryable(
                    "the control of the pipeline is being taken again",
                    new IllegalStateException("an earlier event could not be written"));
        }
        try {
            log.commit(records);
        } catch (RuntimeException e) {
            isBroken = true;
            throw e;
        }
    }

    private Optional<StateTransition> locked(Supplier<Optional<StateTransition>> work) {
        try {
            if (!lock.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw FerryException.retryable(
                        "the control plane waits for Kafka", new IllegalStateException("an event is being written"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while waiting for the control of the pipeline", e);
        }
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        log.close();
    }
}
