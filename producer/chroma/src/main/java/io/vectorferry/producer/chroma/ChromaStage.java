package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
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
import io.vectorferry.producer.stage.RequestedGeneration;
import io.vectorferry.stores.chroma.ChromaClient;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at the collections again and again until closed, and publishes what differs. */
final class ChromaStage extends PausableStage {
    private final ChromaConfig config;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final RequestedGeneration newGeneration;
    private final AtomicReference<@Nullable ChromaClient> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable ScanNumber> looking = new AtomicReference<>();

    ChromaStage(ChromaConfig config, KafkaConnection kafka, Topics topics, RequestedGeneration newGeneration) {
        super("the producer");
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
        life.run(this::replicate);
    }

    private void replicate() throws InterruptedException {
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
                follow(() -> new RescanLoop(config, lock, client, publisher, control, view, state, life), state);
            }
        } catch (UncheckedIOException e) {
            throw memoryFailed(e);
        }
    }

    private void follow(Supplier<RescanLoop> begun, ScanNumber state) throws InterruptedException {
        try (RescanLoop looks = begun.get()) {
            looks.run(newGeneration);
        } catch (RuntimeException | Error e) {
            if (!life.isStopping()) {
                FerryException known = e instanceof UncheckedIOException disk
                        ? memoryFailed(disk)
                        : FerryException.unexpected("the producer", e);
                report(state, known);
                throw known;
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
        life.askToStop();
        ChromaClient client = reading.get();
        if (client != null) {
            client.abort();
        }
        super.close();
    }
}
