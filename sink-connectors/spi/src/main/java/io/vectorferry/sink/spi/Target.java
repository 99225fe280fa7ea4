package io.vectorferry.sink.spi;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One configured target. Safe for any thread; what it hands out is not. */
public interface Target extends AutoCloseable {
    String name();

    TargetCapabilities capabilities();

    /** Returns the table or collection that a source's collection goes to. {@code ${collection}} stands for its name without {@code public.}. */
    String tableOf(String collection);

    /** Returns what identifies the database that is written: equal to that of a source in the same one; empty if unknown. */
    default Optional<String> store() {
        return Optional.empty();
    }

    /** Returns a value that is equal for two collections if and only if they share a table. */
    default String sharing(String collection) {
        return tableOf(collection);
    }

    /**
     * Returns the part of a row that this target holds: the whole row, unless it holds one vector only, or is configured to. Sinks and
     * verification both ask, for each row.
     */
    default Row held(Row row) {
        Optional<String> only = onlyVector();
        return only.isPresent() ? row.withOnlyVector(only.get()) : row;
    }

    /** Returns the configured vector, which alone goes to this target; empty if none is configured. */
    default Optional<String> onlyVector() {
        return Optional.empty();
    }

    /** Runs the checks of {@code ferry doctor}. Leaves nothing behind. */
    List<Finding> check(List<String> collections);

    /** The only writer of that collection's table in this process: for every collection whose {@link #sharing} is the same. */
    default TargetWriter writer(String collection) {
        return writer(collection, Optional::empty);
    }

    /** @param searchedBy how the source itself searches the collection, for an index that is made without a configured metric; asked in the writer's thread */
    TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy);

    default TargetReader reader(String collection) {
        return reader(collection, Optional.empty());
    }

    /** @param searchedBy how the source itself searches the collection */
    TargetReader reader(String collection, Optional<DistanceMetric> searchedBy);

    /** The most bytes of memory that a writer takes beside the Java heap for a table of so many rows. */
    default long writerBytes(long rows) {
        return 0;
    }

    /** Blue/green: applications that read by the configured alias read this target's table of the collection from now on, in one step. */
    default void promote(String collection) {
        throw FerryException.misconfigured(
                "target %s has no aliases: %s cannot replace another table".formatted(name(), tableOf(collection)),
                "Point the applications at the new table instead.");
    }

    @Override
    void close();
}
