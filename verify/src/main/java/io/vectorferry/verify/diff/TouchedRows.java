package io.vectorferry.verify.diff;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.function.Consumer;

/** What went through a pipeline since some moment. */
public interface TouchedRows {
    /**
     * Tells everything that was there when it was called, some of it several times.
     *
     * @param changed rows that the source said something about
     * @param written ids of the table that its sink was given something for
     */
    void read(Consumer<Collection<SourceKey>> changed, Consumer<Collection<TargetKey.Id>> written);
}
