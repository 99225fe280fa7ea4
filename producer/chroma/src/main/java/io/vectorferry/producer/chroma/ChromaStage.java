package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.memory.MemoryLock;
import io.vectorferry.producer.chroma.rescan.RescanLoop;
import io.vectorferry.producer.chroma.rescan.ScanNumber;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.chroma.ChromaClient;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at the collections again and again until closed, and publishes what differs. */
final class ChromaStage implements Stage {
    private final ChromaConfig config;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final AtomicBoolean newGeneration;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicReference<@Nullable ChromaClient> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable ScanNumber> looking = new AtomicReference<>();

    /** @param newGeneration taken back once the generation has begun */
    ChromaStage(ChromaConfig config, KafkaConnection kafka, Topics topics, AtomicBoolean newGeneration) {
        this.config = config;
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
        started.set(true);
        try (MemoryLock lock = MemoryLock.of(config.memory());
                ControlPublisher control = new ControlPublisher(kafka, topics.control());
                ControlView view = new ControlView(kafka, topics.control());
                ChangePublisher publisher = new ChangePublisher(kafka, topics)) {
            view.refresh();
            ScanNumber state = new ScanNumber(
                    control,
                    view.get(ControlKey.capture())
                            .orElse(Control.getDefaultInstance())
                            .getCaptureProgress());
            looking.set(state);
            try (ChromaClient client = new ChromaClient(config.address(), state.hasLooked())) {
                reading.set(client);
                follow(() -> new RescanLoop(config, lock, client, publisher, control, view, state, stopping), state);
            }
        } catch (UncheckedIOException e) {
            throw memoryFailed(e);
        } finally {
            ended.countDown();
        }
    }

    private void follow(Supplier<RescanLoop> begun, ScanNumber state) {
        try (RescanLoop looks = begun.get()) {
            looks.run(newGeneration);
        } catch (RuntimeException | Error e) {
            if (stopping.getCount() > 0) {
                FerryException known = e instanceof UncheckedIOException disk
                        ? memoryFailed(disk)
                        : FerryException.unexpected("the producer", e);
                report(state, known);
                throw known;
            }
        } catch (InterruptedException e) {
            if (stopping.getCount() > 0) {
                throw FerryException.retryable("the producer was interrupted", e);
            }
        }
    }

    private FerryException memoryFailed(UncheckedIOException e) {
        return FerryException.retryable(
                "the producer's state in %s cannot be used: %s".formatted(config.memory(), e.getMessage()), e);
    }

    private static void report(ScanNumber state, FerryException e) {
        try {
            state.failed(e.getMessage() + (e.remedy().isEmpty() ? "" : ". " + e.remedy()));
        } catch (RuntimeException unreported) {
            e.addSuppressed(unreported);
        }
    }

    @Override
    public String waitsFor() {
        ChromaClient client = reading.get();
        return client == null ? "" : client.waitsFor();
    }

    @Override
    public boolean isWorking() {
        ScanNumber state = looking.get();
        return state != null && state.isWorking();
    }

    @Override
    public void close() {
        stopping.countDown();
        ChromaClient client = reading.get();
        if (client != null) {
            client.abort();
        }
        if (started.get()) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
