package io.vectorferry.app.soak;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * How large a run of one seed is, and what may happen in it.
 *
 * @param transactions that the sessions begin together
 * @param schemaChanges that are planned; one that meets nothing to change is skipped
 */
record SoakSettings(
        int sessions,
        int transactions,
        int schemaChanges,
        int crashes,
        int slowStandbys,
        Duration pace,
        Set<Kind> kinds) {
    SoakSettings {
        kinds = Set.copyOf(kinds);
    }

    /** As the properties {@code ferry.soak.…} have it. */
    static SoakSettings configured() {
        EnumSet<Kind> kinds = EnumSet.allOf(Kind.class);
        kinds.removeAll(named(System.getProperty("ferry.soak.without", "")));
        return new SoakSettings(
                Integer.getInteger("ferry.soak.sessions", 4),
                Integer.getInteger("ferry.soak.transactions", 800),
                Integer.getInteger("ferry.soak.schemaChanges", 7),
                Integer.getInteger("ferry.soak.crashes", 3),
                Integer.getInteger("ferry.soak.slowStandbys", 1),
                Duration.ofMillis(Integer.getInteger("ferry.soak.paceMillis", 2_000)),
                kinds);
    }

    /** {@code 3,5,8}, or {@code 10/4} for four from 10 on. */
    static List<Long> seeds() {
        String seeds = System.getProperty("ferry.soak.seeds", "3");
        if (seeds.contains("/")) {
            long first = Long.parseLong(seeds.substring(0, seeds.indexOf('/')));
            return LongStream.range(first, first + Long.parseLong(seeds.substring(seeds.indexOf('/') + 1)))
                    .boxed()
                    .toList();
        }
        return Arrays.stream(seeds.split(",", -1)).map(Long::valueOf).toList();
    }

    /** How long a failure may be shrunk. */
    static Duration shrinkTime() {
        return Duration.ofMinutes(Integer.getInteger("ferry.soak.shrinkMinutes", 0));
    }

    boolean has(Kind kind) {
        return kinds.contains(kind);
    }

    SoakSettings without(Collection<Kind> less) {
        EnumSet<Kind> rest = EnumSet.copyOf(kinds);
        rest.removeAll(less);
        return new SoakSettings(sessions, transactions, schemaChanges, crashes, slowStandbys, pace, rest);
    }

    SoakSettings withSessions(int fewer) {
        return new SoakSettings(fewer, transactions, schemaChanges, crashes, slowStandbys, pace, kinds);
    }

    int events() {
        return schemaChanges + crashes + slowStandbys;
    }

    private static List<Kind> named(String list) {
        return Stream.of(list.split(",", -1))
                .filter(name -> !name.isBlank())
                .map(name -> Kind.valueOf(name.strip()))
                .toList();
    }
}
