package io.vectorferry.producer.contracttests;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of a source's reader. A source's test implements this and says which collection is meant. */
public interface SourceReaderContract {
    /** A source with at least three rows in its first collection, each with a vector of its own; nobody writes to it. */
    Source source();

    /** A key that a row of the collection could have, and none has. */
    Value absent();

    private SourceReader reader() {
        return source().reader();
    }

    private String collection() {
        return source().collections().getFirst();
    }

    private SourceKey key(Value... parts) {
        return new SourceKey(collection(), List.of(parts));
    }

    private Map<SourceKey, SourceRow> scanned() {
        Map<SourceKey, SourceRow> rows = new LinkedHashMap<>();
        reader().scan(collection(), row -> addOnce(rows, row));
        assertThat(rows).hasSizeGreaterThanOrEqualTo(3);
        return rows;
    }

    private static void addOnce(Map<SourceKey, SourceRow> rows, SourceRow row) {
        assertThat(rows.put(row.key(), row)).as("another row of one key").isNull();
    }

    @Test
    default void aScanGivesEveryRowOnceUnderTheCollectionsName() {
        assertThat(scanned().values()).allSatisfy(row -> {
            assertThat(row.key().collection()).isEqualTo(collection());
            assertThat(row.problem()).isNull();
            assertThat(row.row().vector().flatMap(VectorColumn::value)).isPresent();
        });
    }

    @Test
    default void rowsByKeyAreThoseOfAScanAndKeysWithoutARowAreOmitted() {
        Map<SourceKey, SourceRow> rows = scanned();
        List<SourceKey> keys = new ArrayList<>(rows.keySet());
        keys.add(keys.getFirst());
        keys.add(key(absent()));
        keys.add(key(absent(), absent()));
        keys.add(key(new Value.Bool(true)));
        keys.add(key(new Value.Text("' OR 1=1 --")));

        assertThat(reader().fetch(collection(), keys)).containsExactlyInAnyOrderElementsOf(rows.values());
        assertThat(reader().fetch(collection(), List.of(key(absent())))).isEmpty();
        assertThat(reader().fetch(collection(), List.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1000})
    default void blocksGiveEveryRowOnceAndThenNone(int size) {
        RowBlocks blocks = reader().blocks(collection());
        Map<SourceKey, SourceRow> rows = new LinkedHashMap<>();
        for (List<SourceRow> block = blocks.next(size); !block.isEmpty(); block = blocks.next(size)) {
            assertThat(block).hasSizeLessThanOrEqualTo(size);
            block.forEach(row -> addOnce(rows, row));
        }

        assertThat(rows).isEqualTo(scanned());
        assertThat(blocks.next(size)).isEmpty();
    }

    @Test
    default void anUnseenScanOmitsExactlyTheRowsThatWereSeen() {
        reader().unseen(collection()).ifPresent(scan -> {
            Map<SourceKey, SourceRow> expected = scanned();
            SourceKey first = expected.keySet().iterator().next();
            expected.remove(first);
            Map<SourceKey, SourceRow> unseen = new LinkedHashMap<>();

            scan.read(first::equals, row -> addOnce(unseen, row));

            assertThat(unseen).isEqualTo(expected);
            scan.read(key -> true, row -> {
                throw new AssertionError("seen, and given again: " + row.key());
            });
        });
    }

    @Test
    default void aScanThatResumesAtAMarkGivesTheRowsThatWereNotGivenBeforeIt() {
        Map<String, Set<SourceKey>> before = new LinkedHashMap<>();
        Set<SourceKey> given = new HashSet<>();
        reader().scan(collection(), "", row -> given.add(row.key()), mark -> before.put(mark, Set.copyOf(given)));

        assertThat(given).isEqualTo(scanned().keySet());
        before.forEach((mark, seen) -> {
            assertThat(reader().continuesFrom(collection(), mark)).isTrue();
            Set<SourceKey> both = new HashSet<>(seen);
            reader().scan(collection(), mark, row -> both.add(row.key()), next -> {});
            assertThat(both).isEqualTo(given);
        });
    }

    @Test
    default void aSearchForARowsVectorFindsThatRowFirst() {
        SourceRow wanted = scanned().values().iterator().next();
        reader().search(collection()).ifPresent(search -> {
            try (search) {
                List<SourceRow> nearest = search.nearest(
                        wanted.row().vector().flatMap(VectorColumn::value).orElseThrow(), 2, DistanceMetric.L2);

                assertThat(nearest).hasSize(2);
                assertThat(nearest.getFirst()).isEqualTo(wanted);
            }
        });
    }

    @Test
    default void theToleranceIsASmallPartOfAComponent() {
        assertThat(reader().tolerance(collection())).isBetween(0.0, 1e-5);
    }
}
