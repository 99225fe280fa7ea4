package io.vectorferry.producer;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.SourceKey;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** One configured source. Safe for any thread. */
public interface Source {
    /** As the source's catalog names them, such as {@code public.articles}. */
    List<String> collections();

    /** Those whose snapshots make a run of it complete. */
    default List<String> snapshots() {
        return collections();
    }

    /** Whether collections may join while it runs. */
    default boolean mayGrow() {
        return false;
    }

    /** Every check that applies, run against what really exists; writes nothing. */
    List<Finding> doctor();

    /** What a run would create and read; writes nothing. */
    SourcePlan plan();

    /** Returns a reader of the rows as they are now, with the field types that the source suggests now. */
    default SourceReader reader() {
        return new SourceAsReader(this);
    }

    /** Returns a reader that gives the rows as the running pipeline publishes them: with the field types that it has settled on. */
    default SourceReader reader(ControlView control) {
        return new SourceAsReader(asPublished(control));
    }

    /**
     * The same source, whose rows come as the running pipeline publishes them: with the types that it has settled, and not with
     * those that the source suggests now.
     */
    default Source asPublished(ControlView control) {
        return this;
    }

    /** Every row of a collection once, as it is now, in no order; writes nothing. */
    void scan(String collection, Consumer<SourceRow> rows);

    /** Whether a scan that was broken off may go on: its rows are of no common moment, each is as it was when it was read. */
    default boolean scanMayGoOn() {
        return false;
    }

    /** The rows of a scan without those that were seen. */
    default void scanRest(String collection, Predicate<SourceKey> seen, Consumer<SourceRow> rows) {
        scan(collection, row -> {
            if (!seen.test(row.key())) {
                rows.accept(row);
            }
        });
    }

    /**
     * {@link #scan(String, Consumer)} with marks, after each of which another scan may take over, in another process and at another
     * time: what either of them gives are all rows that exist from the beginning of the first to the end of the last. Some may come twice.
     *
     * @param mark for which {@link #continuesFrom} holds, or empty: from the beginning
     * @param marks told after rows; never, where a scan cannot be taken over
     */
    default void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        scan(collection, rows);
    }

    /** Whether what the mark says of the collection is still true. */
    default boolean continuesFrom(String collection, String mark) {
        return false;
    }

    /** The rows that have these keys, as they are at one moment; keys that no row has, or that no row of the collection can have, are left out. Writes nothing. */
    default List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        throw FerryException.misconfigured(
                "the rows of %s cannot be read one by one".formatted(collection),
                "This kind of source has no `verify` yet.");
    }

    /** By which part of a vector's largest component another one may be off when the same row is read again. */
    default double tolerance(String collection) {
        return 0;
    }

    /** The collection from its beginning; writes nothing. */
    default RowBlocks blocks(String collection) {
        throw FerryException.misconfigured(
                "the rows of %s cannot be read block by block".formatted(collection),
                "This kind of source has no continuous verification yet: `verification.continuous.enabled: false` turns it off.");
    }

    /** References to the vectors' ids that the source's documents hold. */
    default Optional<References> references() {
        return Optional.empty();
    }

    /** By which the collection is searched, as its own index tells; empty where none does. */
    default Optional<DistanceMetric> searchMetric(String collection) {
        return Optional.empty();
    }

    /** Empty where the source has no search, or the collection nothing to search by. Writes nothing. */
    default Optional<SourceSearch> search(String collection) {
        return Optional.empty();
    }

    /** Barriers for the control plane, which may run in another process than {@link #stage}: what a source's own log cannot carry goes by {@code control}. */
    BarrierIssuer barriers(KafkaConnection kafka, Topics topics);

    /** The stage that snapshots, captures and publishes to {@code changes}. */
    Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options);
}
