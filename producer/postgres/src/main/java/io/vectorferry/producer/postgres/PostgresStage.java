package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.postgres.capture.CaptureListener;
import io.vectorferry.producer.postgres.capture.PostgresCapture;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.doctor.ServerChecks;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.read.VectorIndexes;
import io.vectorferry.producer.postgres.references.ReferenceChecks;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.producer.postgres.slot.ReplicationSlot;
import io.vectorferry.producer.postgres.slot.ServerIdentity;
import io.vectorferry.producer.postgres.slot.SlotContinuity;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.snapshot.LiveTables;
import io.vectorferry.producer.postgres.snapshot.SnapshotRunner;
import io.vectorferry.producer.postgres.snapshot.TableGenerations;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.stage.ConcurrentWork;
import io.vectorferry.producer.stage.RequestedGeneration;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Snapshot and capture of one source, side by side: the slot first, so that whatever commits while rows are read is
 * captured; then both until closed.
 */
final class PostgresStage extends PausableStage {
    private final PostgresConfig config;
    private final Connections connections;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final RequestedGeneration newGeneration;
    private final AtomicReference<@Nullable Runnable> stop = new AtomicReference<>();
    private volatile boolean working;

    PostgresStage(PostgresConfig config, KafkaConnection kafka, Topics topics, RequestedGeneration newGeneration) {
        super("the producer");
        this.config = config;
        this.connections = config.connections();
        this.kafka = kafka;
        this.topics = topics;
        this.newGeneration = newGeneration;
    }

    @Override
    public String name() {
        return "producer";
    }

    @Override
    public void run() {
        life.run(this::replicate);
    }

    private void replicate() throws InterruptedException {
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control());
                ControlView view = new ControlView(kafka, topics.control());
                ChangePublisher publisher = new ChangePublisher(kafka, topics)) {
            view.refresh();
            replicate(control, view, publisher);
        }
    }

    /** Barriers alone make a batch of capture. */
    @Override
    public boolean isWorking() {
        return working;
    }

    @Override
    public void close() {
        life.askToStop();
        Optional.ofNullable(stop.get()).ifPresent(Runnable::run);
        super.close();
    }

    /** Replicates; the status shows what ends it, even before anything is captured. */
    private void replicate(ControlPublisher control, ControlView view, ChangePublisher publisher)
            throws InterruptedException {
        // Without a place it is only the reason why no start has come so far as to have a slot.
        CaptureProgress last = view.get(ControlKey.capture())
                .map(Control::getCaptureProgress)
                .orElse(CaptureProgress.getDefaultInstance());
        Optional<CaptureProgress> recorded = Optional.of(last).filter(progress -> progress.getPlace() != 0);
        CaptureState captureState = new CaptureState(
                control,
                config.slot(),
                recorded.orElse(CaptureProgress.newBuilder()
                        .setOwnsSlot(last.getOwnsSlot() && last.getSlot().equals(config.slot()))
                        .build()));
        try {
            requireOwnSlot(last);
            replicate(control, view, publisher, recorded, captureState);
        } catch (SQLException e) {
            FerryException failure = FerryException.retryable(
                    "PostgreSQL at %s: %s".formatted(config.address().text(), Connections.firstLine(e)), e);
            captureState.failed(String.valueOf(failure.getMessage()));
            throw failure;
        } catch (FerryException e) {
            if (!life.isStopping()) {
                captureState.failed(told(e));
            }
            throw e;
        }
    }

    /** Refuses a slot that another pipeline has made, before anything is changed at the source. */
    private void requireOwnSlot(CaptureProgress last) throws SQLException {
        try (Connection connection = connections.readOnly()) {
            SlotContinuity.requireOwn(
                    config.address().section(),
                    config.slot(),
                    new ReplicationSlot(connections, config.slot()).state(connection),
                    last);
        }
    }

    private static String told(FerryException e) {
        return e.remedy().isEmpty() ? String.valueOf(e.getMessage()) : "%s. %s".formatted(e.getMessage(), e.remedy());
    }

    private void replicate(
            ControlPublisher control,
            ControlView view,
            ChangePublisher publisher,
            Optional<CaptureProgress> recorded,
            CaptureState captureState)
            throws SQLException, InterruptedException {
        List<String> collections =
                config.tables().stream().map(PostgresConfig.Table::collection).toList();
        TableShapes catalog = new TableShapes(config);
        TableGenerations generations;
        LiveTables tables;
        List<String> unpublished;
        try (Connection connection = connections.provisioning()) {
            new ServerChecks(config, connections).refuseErrors(connection);
            List<TableShape> fitting = catalog.readAll(connection);
            if (config.documents().isPresent()) {
                new ReferenceChecks(config, config.documents().get()).refuseErrors(connection, fitting);
            }
            // Before capture continues without them.
            TableGenerations.abandonOthers(control, view, Set.copyOf(collections));
            Publication publication = new Publication(config);
            publication.removeOthers(connection);
            var unused = publication.provision(connection, collection -> recordedGeneration(view, collection));
            // They are locked, which the watch reports; it adds each as soon as it can, and has it read then.
            unpublished = publication.absent(connection).stream()
                    .map(PostgresConfig.Table::collection)
                    .toList();
            // Before the shapes: what is altered between the two is noticed as a newer version.
            Map<String, TableVersion> versions = versions(connection);
            List<TableShape> shapes = catalog.readAll(connection);
            generations = new TableGenerations(control, view, versions, captureState.place());
            tables = new LiveTables(config, connections, catalog, generations, shapes);
            recordMetrics(connection, control, view, shapes);
            new SlotProvision(config, connections, captureState, generations, versions, life::isStopping)
                    .provision(connection, recorded, newGeneration.isDue());
            newGeneration.begun();
        }
        try (ReadMarks marks =
                new ReadMarks(connections, config.pipeline(), captureState.marks(), captureState::recordMarks)) {
            SnapshotRunner snapshots =
                    new SnapshotRunner(connections, tables, generations, config.snapshot(), publisher, marks, life);
            collections.stream()
                    .filter(c -> !generations.isComplete(c) && !unpublished.contains(c))
                    .forEach(snapshots::request);
            SchemaWatch watch =
                    new SchemaWatch(config, connections, catalog, tables, generations, snapshots, captureState);
            watch.begin();
            try (PostgresCapture capture = new PostgresCapture(
                    config,
                    connections,
                    publisher,
                    listener(captureState, generations, tables, watch),
                    marks,
                    captureState.place(),
                    life)) {
                run(capture, snapshots, watch, captureState);
            }
        }
    }

    private static int recordedGeneration(ControlView view, String collection) {
        return view.get(ControlKey.snapshot(collection))
                .map(progress -> progress.getSnapshotProgress().getGeneration())
                .orElse(0);
    }

    /** Records the metrics before any row is published, so that a sink that sees a row finds its metric. */
    private void recordMetrics(
            Connection connection, ControlPublisher control, ControlView view, List<TableShape> shapes)
            throws SQLException {
        RecordedDistances metrics = new RecordedDistances(view);
        for (TableShape shape : shapes) {
            Optional<TableShape.Column> vector = shape.vector();
            if (vector.isPresent()) {
                String collection = config.documents()
                        .map(joined -> joined.join().collection())
                        .orElse(shape.collection());
                metrics.record(control, collection, VectorIndexes.metric(connection, shape, vector.get()));
            }
        }
    }

    private Map<String, TableVersion> versions(Connection connection) throws SQLException {
        Map<String, TableVersion> versions = new HashMap<>();
        for (PostgresConfig.Table table : config.tables()) {
            // A missing table is reported when its shape is read.
            versions.put(
                    table.collection(),
                    TableVersion.read(connection, config, table).orElse(TableVersion.none()));
        }
        return versions;
    }

    /** Capture, snapshot and the looks at the lag and the tables each have a thread; the first end of one ends all of them. */
    private void run(PostgresCapture capture, SnapshotRunner snapshots, SchemaWatch watch, CaptureState captureState)
            throws InterruptedException {
        LagObserver lag = new LagObserver(config, connections, captureState);
        ConcurrentWork all = new ConcurrentWork("producer-", e -> captureState.failed(told(e)))
                .with("capture", capture::run, capture::close)
                .with("snapshot", snapshots::run, snapshots::stop)
                .with("capture-lag", lag::run, lag::stop)
                .with("tables", watch::run, watch::stop);
        stop.set(all::close);
        if (life.isStopping()) {
            all.close();
        }
        all.run();
    }

    private CaptureListener listener(
            CaptureState captureState, TableGenerations generations, LiveTables tables, SchemaWatch watch) {
        return new CaptureListener() {
            @Override
            public int generation(String collection) {
                return generations.ofChanges(collection);
            }

            @Override
            public void committed(long place) {
                generations.requireMarks(place);
                captureState.marks().missing(place).ifPresent(mark -> {
                    throw ServerIdentity.refused(
                            "its log does not contain the mark that was written at %s, after rows were read: it was restored to an earlier state"
                                    .formatted(mark));
                });
            }

            @Override
            public boolean isNamed(String collection) {
                return tables.has(collection);
            }

            @Override
            public TableShape shape(String collection) {
                return tables.of(collection);
            }

            @Override
            public TableShape columnsChanged(String collection, Set<String> logged) {
                TableShape shape = tables.readAgain(collection);
                watch.logged(shape, logged);
                return shape;
            }

            @Override
            public void keyLacking(String collection) {
                tables.requireReplaced(collection);
            }

            @Override
            public void barrier(String id, long place) {
                captureState.barrier(id, place);
            }

            @Override
            public void truncated(String collection, long transaction) {
                watch.truncated(collection, transaction);
            }

            @Override
            public void reached(TableMark mark, long place) {
                watch.reached(mark, place);
            }

            @Override
            public void cameTo(String readMark) {
                captureState.marks().came(readMark);
            }

            @Override
            public void captured(long place, long changes, int refilled) {
                captureState.captured(place, changes, refilled);
                working = true;
            }
        };
    }
}
