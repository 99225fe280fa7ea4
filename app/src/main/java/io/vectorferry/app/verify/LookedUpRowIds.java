package io.vectorferry.app.verify;

import io.vectorferry.app.pipeline.IdLookups;
import io.vectorferry.app.pipeline.IdLookups.Found;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ids: allocate} beside a running pipeline: the stream processors are asked for some keys at a time, and only the last answers are
 * kept. For one thread.
 */
final class LookedUpRowIds implements RowIds {
    private final IdLookups lookups;
    private final Map<SourceKey, TargetKey.Id> learned = new HashMap<>();

    LookedUpRowIds(IdLookups lookups) {
        this.lookups = lookups;
    }

    @Override
    public TargetKey.Id of(SourceKey key) {
        TargetKey.Id id = learned.get(key);
        return id == null ? RowIds.notGiven(key) : id;
    }

    /** Forgets all others. */
    @Override
    public void learn(Collection<SourceKey> keys) {
        List<Found> found = ask(() -> lookups.byKeys(keys));
        learned.clear();
        found.forEach(row -> learned.put(row.source(), row.target().id()));
    }

    @Override
    public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
        ask(() -> lookups.byIds(ids)).forEach(row -> keys.put(row.target().id(), List.of(row.source())));
        return keys;
    }

    private interface Question {
        List<Found> answered() throws InterruptedException;
    }

    private static List<Found> ask(Question question) {
        try {
            return question.answered();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while ids were looked up", e);
        }
    }
}
