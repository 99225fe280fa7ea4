package io.vectorferry.app.verify;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code ids: allocate}: both ways are in {@code id-map} alone, so all of it is held in memory, about 300 bytes a row.
 * {@link #of} is safe for any thread.
 */
final class AllocatedRowIds implements RowIds {
    private final IdMapTail topic;
    private final Map<SourceKey, TargetKey.Id> ids = new ConcurrentHashMap<>();
    private final Map<TargetKey.Id, SourceKey> keys = new ConcurrentHashMap<>();

    AllocatedRowIds(IdMapTail topic) {
        this.topic = topic;
        refresh();
    }

    @Override
    public TargetKey.Id of(SourceKey key) {
        TargetKey.Id known = ids.get(key);
        return known == null ? RowIds.notGiven(key) : known;
    }

    @Override
    public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> wanted) {
        refresh();
        Map<TargetKey.Id, List<SourceKey>> found = new HashMap<>();
        for (TargetKey.Id id : wanted) {
            SourceKey key = keys.get(id);
            if (key != null) {
                found.put(id, List.of(key));
            }
        }
        return found;
    }

    @Override
    public void learn(Collection<SourceKey> some) {
        refresh();
    }

    private void refresh() {
        topic.read((key, id) -> {
            ids.put(key, id);
            keys.put(id, key);
        });
    }
}
