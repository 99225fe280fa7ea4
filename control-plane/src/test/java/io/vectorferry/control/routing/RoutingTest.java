package io.vectorferry.control.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingTest {
    private static final Routing BEGUN = Routing.initial("lake");

    /** Published results of the reference implementation with seed 0. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|0",
                "a|3c2569b2",
                "aa|371091a9",
                "abc|b3dd93fa",
                "test|ba6bd213",
                "Hello, world!|c0363e43",
                "The quick brown fox jumps over the lazy dog|2e4ff723",
                "schlüssel-東京|c55e74",
            })
    void theHashIsThatOfTheReferenceImplementation(String key, String hash) {
        assertThat(Integer.toHexString(Murmur3.hash(key.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(hash);
    }

    @Test
    void theBucketIsTheUnsignedHashModuloTenThousand() {
        assertThat(Routing.bucket("test")).isEqualTo((int) (0xba6bd213L % 10_000));
        assertThat(Routing.bucket("The quick brown fox jumps over the lazy dog"))
                .isEqualTo((int) (0x2e4ff723L % 10_000));
    }

    @Test
    void aKeyThatHasMovedStaysMovedWhileTheShareGrows() {
        Random random = new Random(17);
        List<String> keys = random.ints(2_000).mapToObj(i -> "user-" + i).toList();
        Set<String> before = Set.of();
        for (int share = 0; share <= Routing.BUCKETS; share += 250) {
            Routing routing = BEGUN.with(share, 0);
            Set<String> moved = keys.stream()
                    .filter(key -> routing.storeOf(key).equals("lake"))
                    .collect(java.util.stream.Collectors.toSet());
            assertThat(moved).containsAll(before);
            assertThat((double) moved.size() / keys.size()).isBetween(share / 10_000.0 - 0.05, share / 10_000.0 + 0.05);
            before = moved;
        }
        assertThat(before).hasSize(Set.copyOf(keys).size());
    }

    @Test
    void theDocumentIsThatOfTheContract() {
        Routing routing = BEGUN.with(500, 0).withShadow(0.1).pinning("user-42", "lake");
        assertThat(RoutingJson.document(routing).toString())
                .isEqualTo("{version=4, reads={lake=5, source=95}, writes=source, shadow={share=0.1}, hash=murmur3-32,"
                        + " seed=0, pinned={user-42=lake}}");
        assertThat(BEGUN.with(Routing.BUCKETS, 0).reads()).hasToString("{lake=100, source=0}");
        assertThat(BEGUN.with(50, 0).reads()).hasToString("{lake=0.5, source=99.5}");
    }

    @Test
    void aPinnedKeyFollowsNoShare() {
        Routing routing = BEGUN.pinning("a", "lake").pinning("b", "source").with(Routing.BUCKETS, 0);
        assertThat(routing.storeOf("a")).isEqualTo("lake");
        assertThat(routing.storeOf("b")).isEqualTo("source");
        assertThat(routing.unpinning("b").storeOf("b")).isEqualTo("lake");
        assertThat(routing.returned().pinned()).containsOnlyKeys("b");
        assertThat(routing.returned().storeOf("a")).isEqualTo("source");
    }

    @Test
    void aPlanAdvancesStepByStepAndGoesBackToTheOneBefore() {
        long hour = TimeUnit.HOURS.toMicros(1);
        Routing first = BEGUN.advanced(0).orElseThrow();
        assertThat(first.share()).isEqualTo(100);
        assertThat(first.endOfStep()).hasValue(24 * hour);
        Routing second = first.advanced(24 * hour).orElseThrow();
        assertThat(second.share()).isEqualTo(500);
        assertThat(second.endOfStep()).hasValue(48 * hour);
        Routing back = second.steppedBack(30 * hour);
        assertThat(back.share()).isEqualTo(100);
        assertThat(back.endOfStep()).as("it waits for a person").isEmpty();
        assertThat(back.steppedBack(31 * hour).share()).isZero();
        assertThat(second.holding().endOfStep()).isEmpty();

        Routing last = BEGUN;
        for (Optional<Routing> next = last.advanced(0); next.isPresent(); next = last.advanced(0)) {
            last = next.get();
        }
        assertThat(last.share()).isEqualTo(Routing.BUCKETS);
        assertThat(last.endOfStep()).isEmpty();
    }

    @Test
    void aShareThatAPersonChoseWaitsForAPersonThoughItIsAStepOfThePlan() {
        Routing routing = BEGUN.with(2_500, 7);
        assertThat(routing.step()).isEqualTo(4);
        assertThat(routing.endOfStep()).isEmpty();
        assertThat(routing.advanced(8).orElseThrow().share()).isEqualTo(5_000);
        assertThat(BEGUN.with(2_000, 7).step()).isZero();
        assertThat(BEGUN.with(2_000, 7).advanced(8).orElseThrow().share()).isEqualTo(2_500);
    }

    @Test
    void aRequestIsOneVersionWhateverItChanges() {
        RoutingRequest request = new RoutingRequest(
                Optional.of(new BigDecimal("12.5")),
                false,
                false,
                false,
                Optional.empty(),
                Map.of("a", "lake"),
                List.of(),
                Optional.of(0.2),
                Optional.empty());
        Routing routing = request.appliedTo(BEGUN, Set.of("lake"), 3);
        assertThat(routing.version()).isEqualTo(2);
        assertThat(routing.share()).isEqualTo(1_250);
        assertThat(routing.shadow()).isEqualTo(0.2);
        assertThat(routing.pinned()).containsEntry("a", "lake");
        assertThat(Routing.of(routing.wire())).isEqualTo(routing);
        assertThat(request.inWords()).isEqualTo("shadow reads 0.2, pinned 1 keys, set to 12.5 %");
    }

    @Test
    void whatIsNoPlanNoShareAndNoStoreIsRefused() {
        assertThatThrownBy(() -> new RoutingPlan(
                        List.of(new RoutingPlan.Step(500, Duration.ZERO), new RoutingPlan.Step(400, Duration.ZERO))))
                .isInstanceOf(FerryException.class);
        assertThatThrownBy(() -> Routing.share(new BigDecimal("100.5"))).isInstanceOf(FerryException.class);
        assertThatThrownBy(() -> Routing.share(new BigDecimal("0.001"))).isInstanceOf(FerryException.class);
        assertThatThrownBy(() -> BEGUN.with(100, 0).withTarget("other"))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("1 % of the reads come from lake");
        assertThatThrownBy(() -> BEGUN.withShadow(Double.NaN)).isInstanceOf(FerryException.class);
    }
}
