package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which collections have to be looked at, and how much of them: by the log where it can be read, else all of each. For one thread. */
final class ChangeSignals implements AutoCloseable {
    private static final LogMark NO_LOG = new LogMark(0, "", 0);

    private final @Nullable ChangeLog log;
    private final Map<String, LogMark> marks = new HashMap<>();

    ChangeSignals(ChromaConfig config) {
        this.log = config.directory().map(ChangeLog::open).orElse(null);
    }

    boolean hasLog() {
        return log != null;
    }

    /** Taken before anything is read, so that what is written meanwhile is signalled the next time. */
    Map<Followed, LogSignal> of(Iterable<Followed> all) {
        Map<Followed, LogSignal> signals = new LinkedHashMap<>();
        for (Followed one : all) {
            if (log != null && !marks.containsKey(one.collection().id()) && !log.knows(one.collection())) {
                throw FerryException.misconfigured(
                        "the log in source.chroma.directory does not know the collection "
                                + one.collection().name(),
                        "Let it name the persist directory of the server at source.chroma.url, or leave it out.");
            }
            LogSignal signal = log == null
                    ? new LogSignal.Anything(NO_LOG)
                    : log.since(one.collection(), marks.get(one.collection().id()));
            boolean whole = one.published().isComplete();
            signals.put(one, whole ? signal : new LogSignal.Anything(signal.mark()));
        }
        return signals;
    }

    /** What was signalled is published. */
    void dealtWith(Followed one, LogSignal signal) {
        if (log != null) {
            marks.put(one.collection().id(), signal.mark());
        }
    }

    static boolean sayNothing(Map<Followed, LogSignal> signals) {
        return signals.values().stream().allMatch(LogSignal.Nothing.class::isInstance);
    }

    @Override
    public void close() {
        Optional.ofNullable(log).ifPresent(ChangeLog::close);
    }
}
