package io.vectorferry.app;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A source with no server, of which the other modules know nothing: a number of rows as its snapshot, then barriers. So this
 * module's wiring is shown with every other stage real.
 */
public final class RowsSourceFactory implements SourceFactory {
    private static final String COLLECTION = "rows";
    private static final int MAX_WAITING_BARRIERS = 1_000;

    @Override
    public String kind() {
        return "rows";
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        int rows = settings.integer("rows", 10, 0, 1_000_000);
        settings.done();
        return new RowsSource(rows, new ArrayBlockingQueue<>(MAX_WAITING_BARRIERS));
    }

    private record RowsSource(int rows, BlockingQueue<Barrier> barrierQueue) implements Source {
        @Override
        public List<String> collections() {
            return List.of(COLLECTION);
        }

        @Override
        public List<Finding> doctor() {
            return List.of();
        }

        @Override
        public SourcePlan plan() {
            return new SourcePlan(List.of(), List.of());
        }

        @Override
        public SourceReader reader() {
            return new RowsReader(rows);
        }

        @Override
        public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
            return new BarrierIssuer() {
                @Override
                public void issue(Barrier barrier) {
                    barrierQueue.add(barrier);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
            return new RowsStage(this, kafka, topics);
        }
    }

    private record RowsReader(int rows) implements SourceReader {
        private Stream<SourceRow> all() {
            return IntStream.range(0, rows).mapToObj(id -> new SourceRow(key(id), row(id), null));
        }

        @Override
        public void scan(String collection, Consumer<SourceRow> into) {
            all().forEach(into);
        }

        @Override
        public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
            return all().filter(row -> keys.contains(row.key())).toList();
        }

        @Override
        public RowBlocks blocks(String collection) {
            Iterator<SourceRow> left = all().iterator();
            return size -> {
                List<SourceRow> block = new ArrayList<>();
                while (block.size() < size && left.hasNext()) {
                    block.add(left.next());
                }
                return block;
            };
        }
    }

    private static SourceKey key(int id) {
        return new SourceKey(COLLECTION, List.of(new Value.Whole(id)));
    }

    private static Row row(int id) {
        VectorColumn vector = new VectorColumn("embedding", VectorElement.FLOAT32, 2, Vector.ofFloats(id, 1));
        Field field = new Field("body", FieldType.of(FieldType.Name.TEXT), new Value.Text("row " + id));
        return new Row(vector, List.of(field));
    }

    private static final class RowsStage extends PausableStage {
        private final RowsSource source;
        private final KafkaConnection kafka;
        private final Topics topics;

        RowsStage(RowsSource source, KafkaConnection kafka, Topics topics) {
            super("the producer of rows");
            this.source = source;
            this.kafka = kafka;
            this.topics = topics;
        }

        @Override
        public String name() {
            return "producer";
        }

        @Override
        public void run() {
            life.run(this::publish);
        }

        private void publish() throws InterruptedException {
            try (ChangePublisher publisher = new ChangePublisher(kafka, topics);
                    ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
                control.publish(ControlKey.snapshot(COLLECTION), snapshot(false));
                if (life.begin()) {
                    for (int id = 0; id < source.rows; id++) {
                        var unused = publisher.send(key(id), upsert(id));
                    }
                    publisher.broadcast(new Change.SnapshotComplete(COLLECTION, 1));
                    publisher.flush();
                    control.publish(ControlKey.snapshot(COLLECTION), snapshot(true));
                    life.end();
                }
                while (life.begin()) {
                    Barrier barrier =
                            source.barrierQueue.poll(Duration.ofMillis(50).toMillis(), TimeUnit.MILLISECONDS);
                    if (barrier != null) {
                        publisher.broadcast(new Change.BarrierMark(barrier.at("row " + source.rows)));
                        publisher.flush();
                    }
                    life.end();
                }
            }
        }

        private static Change upsert(int id) {
            return new Change.Upsert(Change.Origin.SNAPSHOT, SourcePosition.snapshot(1), 0, row(id));
        }

        private Control snapshot(boolean complete) {
            SnapshotProgress progress = SnapshotProgress.newBuilder()
                    .setCollection(COLLECTION)
                    .setGeneration(1)
                    .setRowsDone(complete ? source.rows : 0)
                    .setRowsTotal(source.rows)
                    .setComplete(complete)
                    .build();
            return Control.newBuilder().setSnapshotProgress(progress).build();
        }
    }
}
