package io.vectorferry.producer.postgres.capture;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.SqlErrors;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.BarrierMessage;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.postgres.session.Connections;
import java.io.IOException;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Publishes what is committed, in the order of commits, from the recorded place on. A batch is published, acknowledged by
 * Kafka and recorded before the slot is confirmed; so a kill repeats changes and loses none.
 */
public final class PostgresCapture implements AutoCloseable {
    private static final long STOP_RETRY_MILLIS = 100;

    /** How often the slot moves while nothing but barriers comes. */
    private static final Duration CONFIRM_IDLE = Duration.ofSeconds(5);

    /** An engine that is stopped just as it begins to poll drops its task and waits for it without an end. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final StageLife life;
    private final ChangePublisher publisher;
    private final CaptureListener listener;
    private final EventReader reader;
    private final ToastRefill refill;
    private final ReadMarks marks;
    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable Thread running;
    /** The engine's own, which may wait for a broker that is away. */
    private volatile @Nullable Thread handling;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    /** The last event of the batch whose place is recorded and may not be durable yet; of the engine's thread. */
    private @Nullable RecordChangeEvent<SourceRecord> recorded;

    private long syncedNanos = System.nanoTime();

    /**
     * @param from the place up to which everything is published: transactions that commit after it are captured
     * @param life of the stage, which may pause before each batch: the slot keeps what is not published
     */
    public PostgresCapture(
            PostgresConfig config,
            Connections connections,
            ChangePublisher publisher,
            CaptureListener listener,
            ReadMarks marks,
            long from,
            StageLife life) {
        this.life = life;
        this.publisher = publisher;
        this.listener = listener;
        this.marks = marks;
        String messagePrefix = BarrierMessage.prefix(config.pipeline());
        this.reader = new EventReader(listener, messagePrefix, from);
        this.refill = new ToastRefill(connections);
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(DebeziumProperties.of(config, messagePrefix, from))
                .using((success, message, error) -> {
                    if (!success) {
                        failure.compareAndSet(null, error == null ? new IllegalStateException(message) : error);
                    }
                })
                .notifying(this::handle)
                .build();
    }

    /** Blocks until closed, or fails with the reason. */
    public void run() {
        try (refill) {
            running = Thread.currentThread();
            if (!closed) {
                engine.run();
            }
        } finally {
            running = null;
            ended.countDown();
        }
        if (closed) {
            return;
        }
        Throwable reason = failure.get();
        // An engine whose thread is interrupted ends as if that had been asked for.
        throw reason == null
                ? FerryException.retryable(
                        "capture ended without a reason", new IllegalStateException("the engine returned"))
                : rootOf(reason);
    }

    /** Returns when {@link #run}, which somebody else has called, has ended. */
    @Override
    public void close() {
        closed = true;
        long patientUntil = System.nanoTime() + STOP_PATIENCE.toNanos();
        try {
            do {
                stopEngine();
                if (System.nanoTime() > patientUntil) {
                    interrupt(handling);
                    interrupt(running);
                }
            } while (!ended.await(STOP_RETRY_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void interrupt(@Nullable Thread thread) {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void stopEngine() {
        try {
            engine.close();
        } catch (IllegalStateException e) {
            // It cannot be stopped while it starts, so it is asked again; or it has ended.
        } catch (IOException e) {
            throw FerryException.retryable("capture did not stop", e);
        }
    }

    private void handle(
            List<RecordChangeEvent<SourceRecord>> batch,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        handling = Thread.currentThread();
        try {
            if (!life.begin(() -> closed)) {
                return;
            }
            publish(batch, committer);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e); // the engine may tell it as an interruption
            throw e;
        } finally {
            handling = null;
        }
    }

    private void publish(
            List<RecordChangeEvent<SourceRecord>> batch,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        try {
            long place = 0;
            List<LogEvent> events = new ArrayList<>(batch.size());
            for (RecordChangeEvent<SourceRecord> event : batch) {
                place = Math.max(place, EventReader.reached(event.record()));
                events.add(reader.read(event.record()));
            }
            int refilled = publish(events);
            long changes = events.stream().filter(PostgresCapture::isChange).count();
            if (changes > 0 || System.nanoTime() - syncedNanos > CONFIRM_IDLE.toNanos()) {
                publisher.flush();
                syncedNanos = System.nanoTime();
                confirmRecorded(committer);
            } else {
                publisher.flushAcknowledged(); // there is nothing that the source could forget
            }
            listener.captured(place, changes, refilled);
            recorded = batch.getLast();
        } finally {
            life.end();
        }
    }

    /**
     * Lets the slot move to the place that was recorded after the batch before: with the flush since, that record is
     * durable too, so the slot is never beyond what a power loss leaves of it.
     */
    private void confirmRecorded(DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        RecordChangeEvent<SourceRecord> last = recorded;
        if (last != null) {
            committer.markProcessed(last);
            committer.markBatchFinished();
            recorded = null;
        }
    }

    private static boolean isChange(LogEvent event) {
        return switch (event) {
            case LogEvent.Written written -> true;
            case LogEvent.Deleted deleted -> true;
            case LogEvent.Truncated truncated -> true;
            case LogEvent.BarrierSeen barrier -> false;
            case LogEvent.Nothing nothing -> false;
        };
    }

    private int publish(List<LogEvent> events) {
        List<LogEvent.Written> holes = new ArrayList<>();
        for (LogEvent event : events) {
            if (event instanceof LogEvent.Written written && EventRowReader.hasHole(written.shape(), written.after())) {
                holes.add(written);
            }
        }
        Map<SourceKey, Row> current = Map.of();
        if (!holes.isEmpty()) {
            current = refill.rows(holes);
            marks.write();
        }
        Set<LogEvent> missing = Collections.newSetFromMap(new IdentityHashMap<>());
        for (LogEvent.Written hole : holes) {
            if (!current.containsKey(hole.key())) {
                missing.add(hole); // deleted since, and its deletion follows
            }
        }
        for (LogEvent event : events) {
            if (!missing.contains(event)) {
                publish(event, current);
            }
        }
        return holes.size();
    }

    private void publish(LogEvent event, Map<SourceKey, Row> current) {
        switch (event) {
            case LogEvent.Written written -> publish(written, Optional.ofNullable(current.get(written.key())));
            case LogEvent.Deleted(var key, var position, long micros) -> {
                var unused = publisher.send(key, new Change.Delete(position, micros));
            }
            case LogEvent.Truncated(String collection, var position, long micros) ->
                publisher.broadcast(new Change.Truncate(collection, position, micros));
            case LogEvent.BarrierSeen(var barrier) -> publisher.broadcast(new Change.BarrierMark(barrier));
            case LogEvent.Nothing nothing -> {}
        }
    }

    private void publish(LogEvent.Written written, Optional<Row> standing) {
        try {
            Row row = EventRowReader.read(written.shape(), written.after(), standing);
            var origin = written.created() ? Change.Origin.CREATE : Change.Origin.UPDATE;
            var unused =
                    publisher.send(written.key(), new Change.Upsert(origin, written.position(), written.micros(), row));
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            publisher.deadLetter(
                    written.key(),
                    ErrorType.DATA_CORRUPTION,
                    "a value of the row cannot be read (%s)"
                            .formatted(e.getClass().getSimpleName()),
                    written.position());
        }
    }

    private static FerryException rootOf(Throwable reason) {
        Throwable root = innermost(reason);
        if (root instanceof FerryException || root instanceof Error) {
            return FerryException.unexpected("capture", root);
        }
        return lostPublication(root)
                .map(message -> FerryException.misconfigured(
                        "capture ended: %s where changes are still to be read, and a server before PostgreSQL 18 stops there"
                                .formatted(message),
                        "Start a new generation, which recreates the slot and reads every table again: `ferry run --new-generation`. Do not drop a publication that a pipeline reads.",
                        reason))
                .orElseGet(() -> {
                    FerryException ended = FerryException.retryable("capture ended: " + told(root), reason);
                    return isOfServer(root) ? ended : ended.asUnexpected();
                });
    }

    private static Throwable innermost(Throwable reason) {
        Throwable root = reason;
        while (root.getCause() != null && !(root instanceof FerryException)) {
            root = root.getCause();
        }
        return root;
    }

    /** A server before 18 looks the publication up in the catalog as it was at the change, and fails there each time. */
    private static Optional<String> lostPublication(Throwable root) {
        return root instanceof PSQLException refused
                ? Optional.ofNullable(refused.getServerErrorMessage())
                        .filter(error -> "get_publication_oid".equals(error.getRoutine()))
                        .map(ServerErrorMessage::getMessage)
                : Optional.empty();
    }

    private static boolean isOfServer(Throwable root) {
        return root instanceof SQLException || root instanceof IOException || root instanceof KafkaException;
    }

    /** Names the class and the place of an exception whose message may quote a row. */
    private static String told(Throwable root) {
        StackTraceElement[] trace = root.getStackTrace();
        return switch (root) {
            case SQLException sql -> SqlErrors.firstLine(sql);
            case IOException network when network.getMessage() != null -> network.getMessage();
            case KafkaException ofKafka when ofKafka.getMessage() != null -> ofKafka.getMessage();
            default -> root.getClass().getName() + (trace.length > 0 ? " at " + trace[0] : "");
        };
    }
}
