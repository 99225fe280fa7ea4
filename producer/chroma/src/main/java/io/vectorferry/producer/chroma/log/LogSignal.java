package io.vectorferry.producer.chroma.log;

import java.util.Set;

/** What Chroma's log says of a collection since the last time. */
public sealed interface LogSignal {
    /** Where to go on once this is dealt with. */
    LogMark mark();

    record Nothing(LogMark mark) implements LogSignal {}

    /**
     * These may have changed.
     *
     * @param purged entries are gone that may have been deletions: what is no longer listed is deleted
     */
    record Some(Set<String> ids, boolean purged, LogMark mark) implements LogSignal {
        public Some {
            ids = Set.copyOf(ids);
        }
    }

    /** The log does not prove what has changed. */
    record Anything(LogMark mark) implements LogSignal {}
}
