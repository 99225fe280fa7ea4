package io.vectorferry.sink.spi;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import java.util.List;

/** One configured target. Safe for any thread; what it hands out is not. */
public interface Target extends AutoCloseable {
    String name();

    TargetCapabilities capabilities();

    /** The table or collection that a source's collection goes to, {@code ${collection}} resolved. */
    String tableOf(String collection);

    /** The same for two collections of the source exactly when they share a table. */
    default String sharing(String collection) {
        return tableOf(collection);
    }

    /** What {@code ferry doctor} says of it; writes nothing that stays. */
    List<Finding> check(List<String> collections);

    /** The only writer of that collection's table in this process: for every collection whose {@link #sharing} is the same. */
    TargetWriter writer(String collection);

    TargetReader reader(String collection);

    /** Blue/green: applications that read by the configured alias read this target's table of the collection from now on, in one step. */
    default void promote(String collection) {
        throw FerryException.misconfigured(
                "target %s has no aliases: %s cannot be put in another table's place"
                        .formatted(name(), tableOf(collection)),
                "Point the applications at the new table instead.");
    }

    @Override
    void close();
}
