package io.vectorferry.producer.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MappedBlocksTest {
    @Test
    void rowsWhoseMakingFailedComeAgainAndBlocksOfWhichNothingIsLeftArePassedOver() {
        Queue<List<SourceRow>> given = new ArrayDeque<>(List.of(rows(0, 3), rows(3, 6), rows(6, 9)));
        AtomicBoolean failing = new AtomicBoolean(true);
        RowBlocks blocks = new MappedBlocks(asked -> given.isEmpty() ? List.of() : given.remove(), block -> {
            if (failing.getAndSet(false)) {
                throw FerryException.retryable("no answer", new IllegalStateException());
            }
            return block.equals(rows(3, 6)) ? List.of() : block.subList(1, 3);
        });
        assertThatThrownBy(() -> blocks.next(3)).hasMessageContaining("no answer");

        List<SourceRow> made = new ArrayList<>();
        for (List<SourceRow> next = blocks.next(3); !next.isEmpty(); next = blocks.next(3)) {
            made.addAll(next);
        }

        assertThat(made).isEqualTo(List.of(row(1), row(2), row(7), row(8)));
    }

    private static List<SourceRow> rows(long from, long to) {
        return LongStream.range(from, to).mapToObj(MappedBlocksTest::row).toList();
    }

    private static SourceRow row(long id) {
        return new SourceRow(new SourceKey("rows", List.of(new Value.Whole(id))), new Row(null, List.of()), null);
    }
}
