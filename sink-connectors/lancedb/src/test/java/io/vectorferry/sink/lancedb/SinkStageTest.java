package io.vectorferry.sink.lancedb;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.SinkLog;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.lancedb.LanceTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lance.schema.ColumnAlteration;
import org.lance.schema.SqlExpressions;

final class SinkStageTest implements SinkStageContract {
    @TempDir
    Path store;

    @Override
    public Target target() {
        return new LanceDbTarget("lake", LanceDbConfig.of(store.toString(), "${collection}"));
    }

    /** After which commit of a widening its process was killed. */
    enum Killed {
        COPIED,
        RENAMED
    }

    @ParameterizedTest
    @EnumSource
    void aWideningThatWasKilledLeavesNoColumnAndTheNextOnesSucceed(Killed after, @TempDir Path directory) {
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(target())) {
                log.upsert(1, priced(10, "5.00"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            leaveWidening(after);
            try (Running second = log.start(target())) {
                assertThat(second.rows().get(new TargetKey.NumberId(1))).satisfies(SinkStageTest::hasPriceAlone);
                log.upsert(2, priced(10, "6.00"));
                log.barrier("2", 2);
                log.awaitBarrier(second, "2");
                log.upsert(3, priced(14, "123456789012.00"));
                log.upsert(4, priced(16, "12345678901234.00"));
                log.barrier("3", 3);
                log.awaitBarrier(second, "3");
                assertThat(second.rows()).hasSize(4).allSatisfy((id, row) -> hasPriceAlone(row));
            }
            assertThat(log.deadLetters()).isEmpty();
        }
    }

    private static Row priced(int digits, String price) {
        return Rows.row(
                Vector.ofFloats(1, 2, 3), new Field("price", FieldType.decimal(digits, 2), new Value.Text(price)));
    }

    private static void hasPriceAlone(Row row) {
        assertThat(row.fields()).extracting(Field::name).containsExactly("price");
        assertThat(row.fields().getFirst().value()).isInstanceOf(Value.Text.class);
    }

    private void leaveWidening(Killed after) {
        LanceDbConfig config = LanceDbConfig.of(store.toString(), "${collection}");
        try (RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator)) {
            SqlExpressions cast = new SqlExpressions.Builder()
                    .withExpression("price__vectorferry_wider", "arrow_cast(price, 'Decimal128(14, 2)')")
                    .build();
            table.dataset().addColumns(cast, Optional.empty());
            if (after == Killed.RENAMED) {
                table.reopen()
                        .alterColumns(List.of(
                                new ColumnAlteration.Builder("price")
                                        .rename("price__vectorferry_narrow")
                                        .build(),
                                new ColumnAlteration.Builder("price__vectorferry_wider")
                                        .rename("price")
                                        .build()));
            }
        }
    }

    @Test
    void aTableFilledFromAnotherLogIsRefused() {
        try (Target target = target();
                var writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(5_000, Rows.upsert(1, "a")));
        }
        try (SinkLog log = new SinkLog()) {
            log.upsert(1, Rows.row(1, "b"));
            log.snapshotKnown(Rows.COLLECTION);
            try (Running running = log.start(target())) {
                log.awaitFailure(running);
                FerryException failure = (FerryException) running.run().exceptionNow();
                assertThat(failure.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                assertThat(failure.getMessage()).contains("another log");
            }
        }
    }

    @Test
    void aTableOfAnotherLogIsRefusedThoughNothingAnnouncesItsCollectionYetAndItsOwnSinkGoesOn(
            @TempDir Path ours, @TempDir Path others) {
        try (SinkLog log = new SinkLog(ours);
                SinkLog other = new SinkLog(others)) {
            try (Running first = log.start(target())) {
                log.upsert(0, Rows.row(0, "ours"));
                log.upsert(2, Rows.row(2, "ours"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
                for (long id = 0; id < 20; id++) {
                    other.upsert(id, Rows.row(id, "another"));
                }
                try (Running second = other.start(target())) {
                    other.awaitFailure(second);
                    FerryException failure = (FerryException) second.run().exceptionNow();
                    assertThat(failure.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                    assertThat(failure.getMessage()).contains("table articles was filled from another topic");
                }
                log.upsert(4, Rows.row(4, "ours"));
                log.barrier("2", 2);
                log.awaitBarrier(first, "2");
                assertThat(first.count()).isEqualTo(3);
            }
        }
    }

    @Test
    void aTableThatRemembersNoLogGetsAllRowsAgainIfNothingAnnouncedItsCollection() {
        filledByAnEarlierVersion(1, 2);
        try (SinkLog log = new SinkLog();
                Running running = log.start(target())) {
            log.upsert(0, Rows.row(0, "a"));
            log.upsert(2, Rows.row(2, "b"));
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            assertThat(running.count()).isEqualTo(2);
        }
    }

    @Test
    void aTableThatRemembersNoLogGoesOnWhereItStoodAndRemembersItsLogThen() {
        filledByAnEarlierVersion(2, 2);
        try (SinkLog log = new SinkLog()) {
            log.upsert(0, Rows.row(0, "deleted at the target"));
            log.upsert(2, Rows.row(2, "b"));
            log.upsert(4, Rows.row(4, "c"));
            log.snapshotKnown(Rows.COLLECTION);
            log.barrier("1", 1);
            try (Running running = log.start(target())) {
                log.awaitBarrier(running, "1");
                assertThat(running.count()).isEqualTo(2);
            }
        }
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThat(writer.rememberedOffsets().orElseThrow().log()).isNotEmpty();
        }
    }

    private void filledByAnEarlierVersion(long nextOffset, long id) {
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(nextOffset, Rows.upsert(id, "b")));
        }
    }
}
