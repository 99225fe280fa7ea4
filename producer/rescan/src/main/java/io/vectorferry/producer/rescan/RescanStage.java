package io.vectorferry.producer.rescan;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.rescan.memory.MemoryLock;
import io.vectorferry.producer.rescan.scan.RescanLoop;
import io.vectorferry.producer.rescan.scan.ScanNumber;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.rescan.spi.RescannedStore;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The producer of a store without a log: looks at the collections again and again until closed, and publishes what differs. */
public final class RescanStage extends PausableStage {
    private final RescanSettings settings;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final RequestedGeneration newGeneration;
    private final Function<Boolean, ? extends RescannedStore> stores;
    private final AtomicReference<@Nullable RescannedStore> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable ScanNumber> looking = new AtomicReference<>();

    /** @param stores opens the store; its argument is whether this pipeline has read from it before */
    public RescanStage(
            RescanSettings settings,
            KafkaConnection kafka,
            Topics topics,
            RequestedGeneration newGeneration,
            Function<Boolean, ? extends RescannedStore> stores) {
        super("the producer");
        this.settings = settings;
        this.kafka = kafka;
        this.topics = topics;
        this.newGeneration = newGeneration;
        this.stores = stores;
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
        try (MemoryLock lock = MemoryLock.of(settings.memory());
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
            follow(lock, control, view, publisher, state);
        } catch (UncheckedIOException e) {
            throw memoryFailed(e);
        }
    }

    private void follow(
            MemoryLock memory, ControlPublisher control, ControlView view, ChangePublisher publisher, ScanNumber state)
            throws InterruptedException {
        try (RescannedStore store = stores.apply(state.hasLooked())) {
            reading.set(store);
            try (RescanLoop looks = new RescanLoop(settings, memory, store, publisher, control, view, state, life)) {
                looks.run(newGeneration);
            }
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
                "the producer's state in %s cannot be used: %s".formatted(settings.memory(), e.getMessage()), e);
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
        RescannedStore store = reading.get();
        return store == null ? "" : store.waitsFor();
    }

    @Override
    public boolean isWorking() {
        ScanNumber state = looking.get();
        return state != null && state.isWorking();
    }

    @Override
    public void close() {
        life.askToStop();
        RescannedStore store = reading.get();
        if (store != null) {
            store.abort();
        }
        super.close();
    }
}
