package io.vectorferry.producer.rescan.spi;

import io.vectorferry.contracts.row.DistanceMetric;
import java.util.List;
import java.util.Optional;

/**
 * A store that lists its rows, and reports nothing or little of their changes. One producer has it open. For one thread, apart
 * from {@link #waitsFor} and {@link #abort}.
 */
public interface RescannedStore extends AutoCloseable {
    /** Returns the store as messages name it, such as {@code Milvus at localhost:19530}. */
    String label();

    /** Returns the collections that exist and that the pipeline asks for. */
    List<StoreCollection> collections();

    /** Returns the collection of that name if it exists: a list may be older. */
    Optional<StoreCollection> collection(String name);

    /** Returns how many rows there are, for the decision whether too many have disappeared. */
    long count(StoreCollection collection) throws CollectionGoneException;

    /** Returns the metric of the collection's own index; empty if no index tells it. */
    Optional<DistanceMetric> metric(StoreCollection collection);

    /**
     * Begins a reading.
     *
     * @param mark that of the last reading of which everything is published; empty: there is none
     */
    CollectionReading read(StoreCollection collection, String mark) throws CollectionGoneException;

    /** Returns what the store has waited for longer than usual, as a sentence without a subject; empty if nothing. */
    default String waitsFor() {
        return "";
    }

    /** Makes a call that is under way fail soon: the stage ends. */
    default void abort() {}

    @Override
    void close();
}
