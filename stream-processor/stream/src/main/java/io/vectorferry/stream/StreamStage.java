package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.IdLookupAddress;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.rules.ids.SharedTables;
import io.vectorferry.stream.ids.IdLookupServer;
import io.vectorferry.stream.ids.IdRuleGuard;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream processor of a pipeline. Its topics must exist before it runs. If {@code stateDir} is lost, its state is
 * restored from the broker.
 */
public final class StreamStage extends PausableStage {
    private static final Logger LOG = LoggerFactory.getLogger(StreamStage.class);
    private static final Duration PUBLISH_EVERY = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final PipelineConfig config;
    private final SharedTables shared;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final Path stateDir;
    private final boolean newGeneration;
    private final Standstill standstill;
    private final StreamProgressBoard progress = new StreamProgressBoard();
    private final RetryLog retries = new RetryLog(LOG, "A thread of the stream processor ended and is replaced");
    private final PausedStreams pausing = new PausedStreams();
    private final AtomicReference<@Nullable FerryException> failure = new AtomicReference<>();

    public StreamStage(PipelineConfig config, KafkaConnection kafka, Topics topics, Path stateDir) {
        this(config, SharedTables.NONE, kafka, topics, stateDir, false);
    }

    /**
     * @param shared the collections that share a target's table
     * @param newGeneration the source is read again, so unprocessed changes that have left the log are not lost
     */
    public StreamStage(
            PipelineConfig config,
            SharedTables shared,
            KafkaConnection kafka,
            Topics topics,
            Path stateDir,
            boolean newGeneration) {
        this(config, shared, kafka, topics, stateDir, newGeneration, System::nanoTime);
    }

    StreamStage(
            PipelineConfig config,
            SharedTables shared,
            KafkaConnection kafka,
            Topics topics,
            Path stateDir,
            boolean newGeneration,
            LongSupplier nanoTime) {
        super("the stream processor");
        this.shared = shared;
        this.newGeneration = newGeneration;
        this.config = config;
        this.kafka = kafka;
        this.topics = topics;
        this.stateDir = stateDir;
        this.standstill = new Standstill(kafka, StreamSettings.group(config), nanoTime);
    }

    @Override
    public String name() {
        return "stream";
    }

    @Override
    public String waitsFor() {
        return standstill.waitsFor();
    }

    @Override
    public void run() {
        life.run(this::runUntilStopped);
        FerryException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private void runUntilStopped() throws InterruptedException {
        // Whoever has the address after a kill is asked too, and must not learn control.token.
        ServerConfig guarded = config.control().lookup().withRandomToken();
        IdRule ids = new IdRule(config.ids(), shared);
        KafkaStreams streams = started(ids);
        try (Closing closing = new Closing(streams);
                IdLookupServer lookups = new IdLookupServer(guarded, streams, ids);
                ControlPublisher publisher = new ControlPublisher(kafka, topics.control())) {
            ControlKey at = ControlKey.idLookup(lookups.address());
            publisher.publish(
                    at,
                    Control.newBuilder()
                            .setIdLookup(IdLookupAddress.newBuilder()
                                    .setAddress(lookups.address())
                                    .setToken(guarded.token().orElseThrow())
                                    .setUpdatedMicros(Micros.now()))
                            .build());
            while (!life.awaitStop(PUBLISH_EVERY)) {
                standstill.observe(streams.state());
                if (streams.state() == KafkaStreams.State.RUNNING) {
                    progress.publishTo(publisher);
                }
            }
            closing.end();
            progress.publishTo(publisher);
            publisher.remove(at); // nobody is there to ask
        }
    }

    /** Closes Streams once, within a time limit: threads that wait for an unavailable broker end with the process. */
    private record Closing(KafkaStreams streams, AtomicBoolean done) implements AutoCloseable {
        Closing(KafkaStreams streams) {
            this(streams, new AtomicBoolean());
        }

        @Override
        public void close() {
            end();
        }

        void end() {
            if (!done.compareAndSet(false, true)) {
                return;
            }
            boolean ended = streams.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)
                    .withTimeout(CLOSE_TIMEOUT));
            if (!ended) {
                LOG.warn(
                        "The stream processor did not end within {} s; is Kafka unreachable?",
                        CLOSE_TIMEOUT.toSeconds());
            }
        }
    }

    private KafkaStreams started(IdRule ids) {
        new RetentionGuard(kafka, topics, StreamSettings.group(config)).check(newGeneration);
        new IdRuleGuard(kafka, topics).check(ids);
        var topology = ReplicationTopology.build(config, topics, ids, progress, progress);
        if (DocumentJoin.of(config).isPresent()) {
            try (Admin admin = kafka.admin()) {
                new TopicProvisioner(admin).ensure(List.of(topics.references()));
            }
        }
        KafkaStreams streams;
        try {
            streams = new KafkaStreams(
                    topology, StreamSettings.of(config, kafka, stateDir), new DurableCommits(kafka.log()));
        } catch (StreamsException e) {
            throw StreamFailure.ofStart(stateDir, e);
        }
        try {
            OwnerOnly.restrict(stateDir); // Kafka Streams lets the group in
            streams.setUncaughtExceptionHandler(this::onUncaught);
            streams.setGlobalStateRestoreListener(standstill);
            pausing.of(streams);
            streams.start();
            return streams;
        } catch (StreamsException e) {
            new Closing(streams).end();
            throw StreamFailure.ofStart(stateDir, e);
        } catch (IOException e) {
            new Closing(streams).end();
            throw StreamFailure.ofStart(stateDir, new StreamsException(e));
        } catch (RuntimeException | Error e) {
            new Closing(streams).end();
            throw e;
        }
    }

    private StreamThreadExceptionResponse onUncaught(Throwable thrown) {
        // The thread closes its stores next. Interrupted, it would leave them locked until the process ends.
        boolean unused = Thread.interrupted();
        if (StreamFailure.isPassing(thrown)) {
            retries.failed(thrown);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        failure.compareAndSet(null, StreamFailure.of(thrown));
        life.askToStop();
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    @Override
    public void pause() {
        super.pause();
        pausing.pause();
    }

    @Override
    public void resume() {
        super.resume();
        pausing.resume();
    }

    @Override
    public boolean isPaused() {
        return super.isPaused() && pausing.isPaused();
    }
}
