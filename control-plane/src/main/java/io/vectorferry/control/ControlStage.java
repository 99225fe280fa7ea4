package io.vectorferry.control;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.ControllerReport;
import io.vectorferry.control.barriers.BarrierLoop;
import io.vectorferry.control.deadletters.DeadLetterCount;
import io.vectorferry.control.flags.Flags;
import io.vectorferry.control.lifecycle.Controller;
import io.vectorferry.control.lifecycle.Decisions;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.lifecycle.LifecycleLoop;
import io.vectorferry.control.routing.Guards;
import io.vectorferry.control.routing.ShadowFigures;
import io.vectorferry.control.status.LifecycleSigns;
import io.vectorferry.control.status.Metrics;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.control.status.StatusReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Issues barriers, follows {@code control}, and serves the status of the pipeline over REST, also during a pause, in which it issues none. Closes the issuer. */
public final class ControlStage extends PausableStage {
    /** File in the data directory with {@code host:port} of the REST interface, while it is served. */
    public static final String ADDRESS_FILE = "control.address";
    /**
     * File in the data directory, readable only by its owner, with the token of the REST interface while it is served,
     * if none is set.
     */
    public static final String TOKEN_FILE = "control.token";
    /** File in the data directory with the last known status. */
    public static final String STATUS_FILE = "status.json";

    /** The longest wait for something new, after which the stage sees whether it is to end. */
    private static final Duration POLL = Duration.ofMillis(250);

    private static final Duration PERSIST_EVERY = Duration.ofSeconds(1);
    /** The same while nothing arrives: what is written says how old it is. */
    private static final Duration PERSIST_AGAIN = Duration.ofSeconds(5);

    /** Pause between two checks of the status, if something has arrived and if nothing has. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    /** A controller that takes over reports itself at once. */
    private static final Duration SUCCESSOR_PATIENCE = Duration.ofSeconds(5);

    /** Time for the barriers' thread, whose request is interrupted at the end. */
    private static final Duration END_PATIENCE = Duration.ofSeconds(5);

    /**
     * The status and what {@code --until caught-up} has to know beside it.
     *
     * @param acknowledged the sequence of the newest barrier that every target holds; 0 before the first
     * @param sequence every barrier that is announced from then on has a greater one
     */
    public record Observation(PipelineStatus status, long acknowledged, int generation, long sequence) {}

    private final PipelineConfig config;
    private final List<String> collections;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final BarrierIssuer issuer;
    private final long since;
    private final String instance;
    private final Clock clock;
    private final ShadowFigures figures;
    private final AtomicReference<Optional<Decisions.Observation>> seen = new AtomicReference<>(Optional.empty());
    private final AtomicReference<@Nullable Observation> observed = new AtomicReference<>();
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong activity = new AtomicLong();
    private final AtomicBoolean started = new AtomicBoolean();

    /**
     * Creates the stage.
     *
     * @param since the offset in {@code control} at which all stages began to run in this process; 0: some run elsewhere
     * @param instance this process, as the status of another one names it
     */
    public ControlStage(
            PipelineConfig config,
            List<String> collections,
            KafkaConnection kafka,
            Topics topics,
            BarrierIssuer issuer,
            long since,
            String instance,
            Clock clock) {
        super("the control plane");
        this.config = config;
        this.collections = List.copyOf(collections);
        this.kafka = kafka;
        this.topics = topics;
        this.issuer = issuer;
        this.since = since;
        this.instance = instance;
        this.clock = clock;
        this.figures = new ShadowFigures(config.routing().window(), System::nanoTime);
    }

    @Override
    public String name() {
        return "control";
    }

    /** The newest; empty before the control topic was read. */
    public Optional<Observation> observation() {
        return Optional.ofNullable(observed.get());
    }

    @Override
    public void run() {
        started.set(true);
        life.run(this::observe);
    }

    private void observe() {
        try (issuer;
                ControlView view = new ControlView(kafka, topics.control());
                Controller controller = Controller.take(kafka, topics.control(), view, targets(), instance, clock);
                ControlPublisher publisher = new ControlPublisher(kafka, topics.control());
                DeadLetterCount deadLetters = new DeadLetterCount(kafka, topics, view)) {
            deadLetters.refresh();
            StatusReader reader = new StatusReader(config, collections, view, since, clock);
            BarrierLoop barriers = new BarrierLoop(
                    new BarrierAnnouncer(issuer, publisher, clock),
                    held::get,
                    this::heldByAll,
                    activity::get,
                    config.control().barrierInterval(),
                    life);
            CountDownLatch ending = new CountDownLatch(1);
            LifecycleLoop lifecycle = new LifecycleLoop(controller, seen::get, ending);
            observe(reader, deadLetters.open(), barriers, controller.life());
            Thread issuing = Thread.ofVirtual().name("barriers").start(barriers);
            Thread deciding = Thread.ofVirtual().name("lifecycle").unstarted(lifecycle);
            ServerConfig guarded = config.control().server().guarded();
            try (ControlServer server = new ControlServer(guarded, routes(view, controller))) {
                controller.servesAt(server.address());
                if (config.control().server().token().isEmpty()) {
                    StatusFile.replace(
                            config.dataDir(),
                            TOKEN_FILE,
                            guarded.token().orElseThrow().getBytes(StandardCharsets.UTF_8));
                }
                StatusFile.replace(
                        config.dataDir(), ADDRESS_FILE, server.address().getBytes(StandardCharsets.UTF_8));
                deciding.start(); // it reports the address, where a command then finds the files
                try {
                    follow(view, reader, deadLetters, barriers, publisher, controller, lifecycle);
                } finally {
                    removeOwn(ADDRESS_FILE, server.address());
                    removeOwn(TOKEN_FILE, guarded.token().orElseThrow());
                }
            } finally {
                life.askToStop();
                ending.countDown();
                issuing.interrupt();
                join(issuing);
                join(deciding);
            }
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be written: %s".formatted(config.dataDir(), e.getMessage()),
                    "Check the permissions and the free space of the directory.",
                    e);
        }
    }

    /** The file of a control plane that has taken over stays. */
    private void removeOwn(String name, String content) throws IOException {
        Path file = config.dataDir().resolve(name);
        if (Files.exists(file) && Files.readString(file).equals(content)) {
            Files.deleteIfExists(file);
        }
    }

    /** Waits for a thread, because its resources are closed next. */
    private static void join(Thread thread) {
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            boolean unused = thread.join(END_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> targets() {
        return config.targets().stream().map(TargetConfig::name).toList();
    }

    private List<ControlServer.Route> routes(ControlView view, Controller controller) {
        List<ControlServer.Route> more =
                new ArrayList<>(new LifecycleRoutes(config.pipeline(), controller, figures).all());
        more.addAll(new FlagRoutes(config.pipeline(), new Flags(config.pipeline(), targets(), () -> controller
                        .routing()
                        .current()))
                .all());
        return new RestRoutes(
                        config.pipeline(),
                        this::status,
                        view,
                        kafka,
                        topics,
                        clock,
                        new Metrics(
                                this::status, targets(), DocumentJoin.of(config).isPresent()))
                .with(more);
    }

    private PipelineStatus status() {
        return observation().orElseThrow().status();
    }

    private void follow(
            ControlView view,
            StatusReader reader,
            DeadLetterCount deadLetters,
            BarrierLoop barriers,
            ControlPublisher publisher,
            Controller controller,
            LifecycleLoop lifecycle)
            throws IOException {
        StatusFile file = StatusFile.of(config.dataDir());
        file.write(status()); // so that a failure in the first look has a status to stand in
        LifecycleSigns signs = new LifecycleSigns(config.switching(), new Guards(config.routing()), System::nanoTime);
        long looked = System.nanoTime();
        long persisted = looked - PERSIST_AGAIN.toNanos();
        boolean changed = true;
        while (!life.isStopping()) {
            changed |= view.poll(POLL);
            if (System.nanoTime() - looked < (changed ? LOOK_EVERY : LOOK_AGAIN).toNanos()) {
                continue;
            }
            looked = System.nanoTime();
            boolean isNews = changed;
            changed = false;
            Life current = controller.life();
            PipelineStatus status = observe(reader, deadLetters.open(), barriers, current);
            seen.set(Optional.of(signs.of(
                    status,
                    reader.isSnapshotBegun(),
                    current.failure(),
                    figures.figures(current.routing().share()),
                    view,
                    reader.nowMicros())));
            if (System.nanoTime() - persisted >= (isNews ? PERSIST_EVERY : PERSIST_AGAIN).toNanos()) {
                persisted = System.nanoTime();
                file.write(status);
                deadLetters.removeExpiredMarks(publisher);
                reader.forgottenStages().forEach(key -> publisher.remove(new ControlKey(key)));
            }
            if (barriers.failure().isPresent()) {
                throw barriers.failure().get();
            }
            if (lifecycle.failure().isPresent()) {
                throw lost(lifecycle.failure().get(), controller, view);
            }
        }
        file.write(status());
    }

    /** The sequence of the newest barrier that every target holds; 0 while something is wrong. */
    private long heldByAll() {
        return observation()
                .filter(now -> now.status().errors().isEmpty())
                .map(Observation::acknowledged)
                .orElse(0L);
    }

    /** Returns why this control plane ends: another one has taken over, or an event could not be written. */
    private FerryException lost(FerryException failure, Controller controller, ControlView view) {
        long deadline = System.nanoTime() + SUCCESSOR_PATIENCE.toNanos();
        while (controller.isFenced() && System.nanoTime() - deadline < 0) {
            Optional<ControllerReport> successor = controller.successor(view);
            if (successor.isPresent()) {
                return FerryException.misconfigured(
                        "another control plane has taken over this pipeline: %s%s"
                                .formatted(
                                        successor.get().getInstance(),
                                        successor.get().getAddress().isEmpty()
                                                ? ""
                                                : " at " + successor.get().getAddress()),
                        "One pipeline has one control plane: stop the other process and start this one again, or leave"
                                + " it stopped.");
            }
            boolean unused = view.poll(POLL);
        }
        return failure;
    }

    private PipelineStatus observe(StatusReader reader, long openDeadLetters, BarrierLoop barriers, Life life) {
        barriers.renewal().ifPresent(reader::renewed);
        Observation now = new Observation(
                reader.read(
                        openDeadLetters,
                        barriers.error(),
                        life,
                        figures.figures(life.routing().share())),
                reader.acknowledged(),
                reader.generation().orElse(0),
                reader.sequence());
        observed.set(now);
        held.set(reader.held());
        activity.set(reader.activity());
        return now.status();
    }

    @Override
    public void close() {
        super.close();
        if (!started.get()) {
            issuer.close();
        }
    }
}
