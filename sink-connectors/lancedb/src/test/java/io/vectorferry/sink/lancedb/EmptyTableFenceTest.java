package io.vectorferry.sink.lancedb;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.read.LanceDbReader;
import io.vectorferry.sink.lancedb.write.LanceDbWriter;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two writers whose commits meet on a table without rows, which has no fragment that both could list. */
final class EmptyTableFenceTest {
    private static final long LARGE = 256 << 10;

    @TempDir
    Path directory;

    /** Runs once, at the first large allocation: that of a batch's rows, between the look at the table and the commit. */
    private static final class Meanwhile implements AllocationListener {
        private final AtomicReference<Runnable> action = new AtomicReference<>();

        @Override
        public void onPreAllocation(long size) {
            Runnable now = size >= LARGE ? action.getAndSet(null) : null;
            if (now != null) {
                now.run();
            }
        }
    }

    private TargetWriter writer(BufferAllocator allocator) {
        return new LanceDbWriter(
                directory.resolve("articles.lance").toString(),
                LanceDbConfig.of(directory.toString(), "articles"),
                allocator,
                Optional::empty);
    }

    private List<String> bodies() {
        try (RootAllocator allocator = new RootAllocator();
                TargetReader reader = new LanceDbReader(
                        directory.resolve("articles.lance").toString(),
                        LanceDbConfig.of(directory.toString(), "articles"),
                        allocator,
                        DistanceMetric.L2)) {
            List<String> bodies = new ArrayList<>();
            reader.scan(row -> bodies.add(((TargetKey.NumberId) row.id()).value() + " "
                    + ((Value.Text) row.row().field("body").orElseThrow().value())
                            .value()
                            .length()));
            return bodies;
        }
    }

    private static String large() {
        return "x".repeat((int) LARGE);
    }

    @Test
    void theFirstRowsOfAWriterThatWasOvertakenDoNotLandBesideThoseOfTheOther() {
        Meanwhile meanwhile = new Meanwhile();
        try (BufferAllocator slow = new RootAllocator(meanwhile, Long.MAX_VALUE);
                BufferAllocator quick = new RootAllocator();
                TargetWriter overtaken = writer(slow);
                TargetWriter owner = writer(quick)) {
            overtaken.prepare(Rows.schema());
            meanwhile.action.set(() -> {
                owner.prepare(Rows.schema());
                owner.apply(batch(2, upsert(1, "new"), upsert(2, "b")));
            });

            assertFencedOut(() -> overtaken.apply(batch(1, upsert(1, large()))));
            owner.apply(batch(3, upsert(3, "c")));

            assertThat(bodies()).containsExactlyInAnyOrder("1 3", "2 1", "3 1");
            assertThat(owner.committedOffsets()).contains(Rows.offsets(3));
        }
    }

    @Test
    void neitherDoThoseThatComeAfterTheOtherHasOpenedTheTableAndBeforeItHasWritten() {
        Meanwhile meanwhile = new Meanwhile();
        try (BufferAllocator slow = new RootAllocator(meanwhile, Long.MAX_VALUE);
                BufferAllocator quick = new RootAllocator();
                TargetWriter overtaken = writer(slow);
                TargetWriter owner = writer(quick)) {
            overtaken.prepare(Rows.schema());
            meanwhile.action.set(() -> owner.prepare(Rows.schema()));

            assertFencedOut(() -> overtaken.apply(batch(1, upsert(1, large()))));
            assertFencedOut(() -> overtaken.apply(batch(5)));
            assertThat(bodies()).isEmpty();
            assertThat(owner.committedOffsets()).isEmpty();
        }
    }

    @Test
    void aTableThatLostItsRowsIsTheSameAndItsColumnsHoldWhatTheyAreNamedFor() {
        Row narrow =
                row(new Field("price", FieldType.of(FieldType.Name.INT32), new Value.Whole(5)), Rows.text("body", "a"));
        Row wide = row(
                new Field("price", FieldType.of(FieldType.Name.INT64), new Value.Whole(1L << 40)),
                Rows.text("body", "b"),
                Rows.text("lang", "en"));
        Meanwhile meanwhile = new Meanwhile();
        try (BufferAllocator slow = new RootAllocator(meanwhile, Long.MAX_VALUE);
                BufferAllocator quick = new RootAllocator();
                TargetWriter overtaken = writer(slow);
                TargetWriter owner = writer(quick)) {
            overtaken.prepare(Rows.schemaOf(Rows.key(1), narrow));
            overtaken.apply(batch(1, upsert(1, narrow)));
            overtaken.prepare(Rows.schemaOf(Rows.key(1), wide));
            overtaken.apply(batch(2, upsert(2, wide)));
            overtaken.apply(batch(3, delete(1), delete(2)));
            overtaken.apply(batch(4));
            meanwhile.action.set(() -> {
                assertThat(owner.committedOffsets()).contains(Rows.offsets(4));
                owner.prepare(Rows.schemaOf(Rows.key(1), wide));
                owner.apply(batch(5, upsert(1, wide)));
            });

            assertFencedOut(() -> overtaken.apply(batch(
                    5,
                    upsert(
                            1,
                            row(
                                    new Field("price", FieldType.of(FieldType.Name.INT64), new Value.Whole(7)),
                                    Rows.text("body", large()),
                                    Rows.text("lang", "de"))))));
            owner.apply(batch(6, upsert(2, wide)));
            assertThat(owner.committedOffsets()).contains(Rows.offsets(6));
        }
        String seen = PythonEnvironment.lancedb().run("""
                import sys, lancedb
                rows = lancedb.connect(sys.argv[1]).open_table("articles").to_arrow().to_pylist()
                for r in sorted(rows, key=lambda r: r["id"]): print(r["id"], r["price"], r["body"], r["lang"], r["embedding"])
                """, directory.toString());
        assertThat(seen).isEqualToIgnoringNewLines("""
                1 1099511627776 b en [1.0, 2.0, 3.0]
                2 1099511627776 b en [1.0, 2.0, 3.0]
                """);
    }

    private static Row row(Field... fields) {
        return Rows.row(Vector.ofFloats(1, 2, 3), fields);
    }

    private static void assertFencedOut(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.kind()).as("%s", e).isEqualTo(FerryException.Kind.MISCONFIGURED))
                .withMessageContaining("another process writes to table");
    }
}
