package io.vectorferry.verify.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.verify.search.Overlap.NearestRows;
import io.vectorferry.verify.search.Overlap.NearestRows.Near;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OverlapTest {
    private static final List<Near> NEAREST =
            List.of(near(1, 0), near(2, 0.1), near(3, 0.2), near(4, 0.2), near(5, 0.3));

    @Test
    void aRowAsNearAsTheLastIsNoMiss() {
        assertThat(part(hits(1, 2, 4), 3)).isEqualTo(1);
        assertThat(part(hits(4, 2, 1), 3)).isEqualTo(1);
    }

    @Test
    void aRowFartherThanTheLastIsAMiss() {
        assertThat(part(hits(1, 2, 5), 3)).isEqualTo(2 / 3.0);
        assertThat(part(hits(1, 99, 98), 3)).isEqualTo(1 / 3.0);
    }

    @Test
    void tiesCannotMakeUpForNearerRows() {
        assertThat(part(hits(1, 3, 4), 3)).isEqualTo(2 / 3.0);
        assertThat(part(hits(3, 4), 2)).isZero();
    }

    @Test
    void aRowThatIsGivenTwiceCountsOnce() {
        assertThat(part(hits(1, 1, 1), 3)).isEqualTo(1 / 3.0);
    }

    @Test
    void whatIsGivenBeyondTheKthDoesNotCount() {
        assertThat(part(hits(99, 98, 1, 2), 2)).isZero();
    }

    @Test
    void ofFewerRowsThanAskedForAllMustBeFound() {
        assertThat(part(hits(1, 2, 3, 4, 5), 10)).isEqualTo(1);
        assertThat(part(hits(1, 2, 3, 4), 10)).isEqualTo(4 / 5.0);
    }

    @Test
    void ofMoreTiesThanAreKeptAnyWithTheirScoreCounts() {
        NearestRows rows = new NearestRows(2);
        LongStream.range(0, 1_000).forEach(id -> rows.offer(id(id), 0.5, 1));
        List<Hit> found = List.of(new Hit(id(998), 0.5), new Hit(id(999), 0.5));
        assertThat(Overlap.of(rows.nearestFirst(), found, 2, DistanceMetric.L2).part())
                .isEqualTo(1);
    }

    @Test
    void theNearestOfManyRowsAreKeptInTheirOrder() {
        NearestRows rows = new NearestRows(1);
        IntStream.range(0, 2_000).forEach(i -> rows.offer(id(i), (i * 7919) % 2_000, 1));
        assertThat(rows.nearestFirst())
                .hasSize(1 + NearestRows.MAX_TIES)
                .extracting(Near::distance)
                .isSorted()
                .startsWith(0.0, 1.0, 2.0);
    }

    @Test
    void theDriftIsThatOfTheWorstScore() {
        List<Hit> found = List.of(new Hit(id(1), 0), new Hit(id(2), 0.15));
        assertThat(Overlap.of(NEAREST, found, 2, DistanceMetric.COSINE).scoreDrift())
                .isCloseTo(0.05, org.assertj.core.data.Offset.offset(1e-9));
    }

    private static double part(List<Hit> hits, int k) {
        return Overlap.of(NEAREST, hits, k, DistanceMetric.COSINE).part();
    }

    private static List<Hit> hits(long... ids) {
        return LongStream.of(ids).mapToObj(id -> new Hit(id(id), 0)).toList();
    }

    private static Near near(long id, double distance) {
        return new Near(id(id), distance, 1);
    }

    private static TargetKey.Id id(long number) {
        return new TargetKey.NumberId(number);
    }
}
