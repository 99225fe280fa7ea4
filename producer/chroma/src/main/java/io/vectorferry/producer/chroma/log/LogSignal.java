package io.vectorferry.producer.chroma.log;

import java.util.Set;

/** The changes of a collection in Chroma's log since the last time. */
public sealed interface LogSignal {
    /** Returns where to continue once this is processed. */
    Mark mark();

    record Nothing(Mark mark) implements LogSignal {}

    /**
     * Some ids that may have changed.
     *
     * @param purged entries are gone that may have been deletions: what is no longer listed is deleted
     */
    record Some(Set<String> ids, boolean purged, Mark mark) implements LogSignal {
        public Some {
            ids = Set.copyOf(ids);
        }
    }

    /** The log does not prove what has changed. */
    record Anything(Mark mark) implements LogSignal {}

    /**
     * The newest entry of a collection's log that was seen. Chroma never purges a collection's newest entry, and gives out
     * numbers above the highest that there is: so as long as the collection exists, no number up to this one is used again.
     *
     * @param sequence 0 where the log had no entry of the collection
     * @param entry what the entry says, so that another one under its number (a restored database) does not pass for it
     * @param schemaVersion of the database file, which a vacuum changes: after one nothing is taken for granted
     */
    public record Mark(long sequence, String entry, long schemaVersion) {}
}
