package io.vectorferry.sink.contracttests;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetCapabilities;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A target whose writers do what a test says before each write. */
public record FaultyTarget(Target real, Runnable fault) implements Target {
    @Override
    public String name() {
        return real.name();
    }

    @Override
    public TargetCapabilities capabilities() {
        return real.capabilities();
    }

    @Override
    public Row held(Row row) {
        return real.held(row);
    }

    @Override
    public String tableOf(String collection) {
        return real.tableOf(collection);
    }

    @Override
    public String sharing(String collection) {
        return real.sharing(collection);
    }

    @Override
    public List<Finding> check(List<String> collections) {
        return real.check(collections);
    }

    @Override
    public TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy) {
        return new FaultyWriter(real.writer(collection, searchedBy), fault);
    }

    @Override
    public TargetReader reader(String collection, Optional<DistanceMetric> searchedBy) {
        return real.reader(collection, searchedBy);
    }

    @Override
    public void close() {
        real.close();
    }

    private record FaultyWriter(TargetWriter real, Runnable fault) implements TargetWriter {
        @Override
        public void prepare(TargetSchema schema) {
            real.prepare(schema);
        }

        @Override
        public boolean exists() {
            return real.exists();
        }

        @Override
        public Optional<String> incarnation() {
            return real.incarnation();
        }

        @Override
        public int dimensionOf(String vectorColumn) {
            return real.dimensionOf(vectorColumn);
        }

        @Override
        public Optional<TargetSchema> filledWith() {
            return real.filledWith();
        }

        @Override
        public boolean canBecomeReal(String field) {
            return real.canBecomeReal(field);
        }

        @Override
        public Optional<Rejection> check(TargetWrite write) {
            return real.check(write);
        }

        @Override
        public void apply(WriteBatch batch) {
            fault.run();
            real.apply(batch);
        }

        @Override
        public Optional<PartitionOffsets> committedOffsets() {
            return real.committedOffsets();
        }

        @Override
        public Optional<PartitionOffsets> rememberedOffsets() {
            return real.rememberedOffsets();
        }

        @Override
        public void flush() {
            real.flush();
        }

        @Override
        public void maintain(boolean caughtUp) {
            real.maintain(caughtUp);
        }

        @Override
        public void forget() {
            real.forget();
        }

        @Override
        public void settle() {
            real.settle();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
