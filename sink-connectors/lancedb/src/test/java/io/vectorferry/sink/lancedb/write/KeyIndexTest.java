package io.vectorferry.sink.lancedb.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sink's memory of its keys. */
class KeyIndexTest {
    /** With 100,000,000 it takes some minutes and 2 GB beside the heap (docs/benchmarks). */
    private static final long KEYS = Long.getLong("ferry.test.keys", 2_000_000);

    /** Hashing takes longer than the look-up. */
    private static final int TEXT_STEP = 7;

    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    @ParameterizedTest
    @EnumSource(IdKind.class)
    void everyIdIsFoundAsAMapFindsItThroughInsertsReplacementsAndRemovals(IdKind kind) {
        Random random = new Random(11);
        Map<TargetKey.Id, Long> expected = new HashMap<>();
        try (KeyIndex index = new KeyIndex(kind, 100)) {
            for (int step = 0; step < 300_000; step++) {
                TargetKey.Id id = id(kind, random.nextInt(40_000));
                if (random.nextInt(3) == 0) {
                    index.remove(id);
                    expected.remove(id);
                } else {
                    long address = random.nextLong(KeyIndex.MAX_ADDRESS + 1);
                    index.put(id, address);
                    expected.put(id, address);
                }
            }
            assertThat(index.size()).isEqualTo(expected.size());
            for (int i = 0; i < 40_000; i++) {
                TargetKey.Id id = id(kind, i);
                assertThat(index.get(id)).isEqualTo(expected.getOrDefault(id, KeyIndex.ABSENT));
            }
        }
    }

    private static TargetKey.Id id(IdKind kind, int number) {
        return switch (kind) {
            case NUMBER -> new TargetKey.NumberId(number % 2 == 0 ? number : number * SPREAD);
            case TEXT -> new TargetKey.TextId("id" + number);
        };
    }

    @Test
    void numbersTakeNoMoreMemoryThanPlanSaysAndAreAllFound() {
        try (KeyIndex index = new KeyIndex(IdKind.NUMBER, 0)) {
            long began = System.nanoTime();
            for (long i = 0; i < KEYS; i++) {
                index.putNumber(i, i);
            }
            report("numbers, one after the other", began, index);
            assertThat(index.bytes()).isLessThanOrEqualTo(KeyIndex.bytesFor(IdKind.NUMBER, KEYS));
            assertThat(index.size()).isEqualTo(KEYS);
            lookUp("numbers that are there", 0, 1, i -> new TargetKey.NumberId(i), index);
            lookUp("numbers that are not", KEYS, 1, i -> new TargetKey.NumberId(i), index);
        }
    }

    @Test
    void textsTakeNoMoreMemoryThanPlanSaysWhenTheyComeAtOnceAfterARestart() {
        try (KeyIndex index = new KeyIndex(IdKind.TEXT, KEYS)) {
            long announced = index.bytes();
            long began = System.nanoTime();
            for (long i = 0; i < KEYS; i++) {
                index.putText(text(i), i);
            }
            report("texts, announced", began, index);
            assertThat(index.bytes()).as("nothing had to grow").isEqualTo(announced);
            assertThat(index.bytes()).isLessThanOrEqualTo(KeyIndex.bytesFor(IdKind.TEXT, KEYS));
            assertThat(index.size()).isEqualTo(KEYS);
            lookUp("texts that are there", 0, TEXT_STEP, i -> new TargetKey.TextId("document-" + i), index);
            lookUp("texts that are not", KEYS, TEXT_STEP, i -> new TargetKey.TextId("document-" + i), index);
        }
    }

    /** @param first of as many ids as there are keys; only those below {@link #KEYS} are there */
    private static void lookUp(String what, long first, int step, LongFunction<TargetKey.Id> id, KeyIndex index) {
        long began = System.nanoTime();
        for (long i = first; i < first + KEYS; i += step) {
            if (index.get(id.apply(i)) != (i < KEYS ? i : KeyIndex.ABSENT)) {
                throw new AssertionError(what + ": " + i);
            }
        }
        System.out.printf("%s: %,.0f look-ups/s%n", what, (double) KEYS / step * 1e9 / (System.nanoTime() - began));
    }

    private static byte[] text(long number) {
        return ("document-" + number).getBytes(StandardCharsets.UTF_8);
    }

    private static void report(String what, long began, KeyIndex index) {
        System.out.printf(
                "%s: %,d keys, %,d bytes (%.1f a key), %.1f s%n",
                what,
                index.size(),
                index.bytes(),
                (double) index.bytes() / index.size(),
                (System.nanoTime() - began) / 1e9);
    }
}
