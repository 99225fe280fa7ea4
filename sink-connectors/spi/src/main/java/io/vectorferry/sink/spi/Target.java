package io.vectorferry.sink.spi;

import io.vectorferry.contracts.Finding;
import java.util.List;

/** One configured target. Safe for any thread; what it hands out is not. */
public interface Target extends AutoCloseable {
    String name();

    TargetCapabilities capabilities();

    /** The table or collection that a source's collection goes to, {@code ${collection}} resolved. */
    String tableOf(String collection);

    /** What {@code ferry doctor} says of it; writes nothing that stays. */
    List<Finding> check(List<String> collections);

    /** The only writer of that collection in this process. */
    TargetWriter writer(String collection);

    TargetReader reader(String collection);

    @Override
    void close();
}
