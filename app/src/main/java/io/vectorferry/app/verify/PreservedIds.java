package io.vectorferry.app.verify;

import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.stream.TargetIds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code ids: preserve}: a number or a text is the key itself, in whichever collection. An array may be a composite key, whose
 * types do not follow from it: {@code id-map} has them.
 *
 * @param mapped empty where there is no pipeline to ask
 */
record PreservedIds(List<String> collections, Optional<MappedIds> mapped) implements RowIds {
    private static final TargetIds IDS = TargetIds.by(IdPolicy.PRESERVE);

    PreservedIds {
        collections = List.copyOf(collections);
    }

    @Override
    public TargetKey.Id of(SourceKey key) {
        return IDS.of(key).id();
    }

    @Override
    public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
        for (TargetKey.Id id : ids) {
            Value only =
                    switch (id) {
                        case TargetKey.NumberId(long number) -> new Value.Whole(number);
                        case TargetKey.TextId(String text) -> new Value.Text(text);
                    };
            List<SourceKey> possible = new ArrayList<>();
            collections.forEach(collection -> possible.add(new SourceKey(collection, List.of(only))));
            keys.put(id, possible);
        }
        List<TargetKey.Id> arrays =
                ids.stream().filter(PreservedIds::mayBeComposite).toList();
        mapped.ifPresent(topic -> topic.keysOf(arrays).forEach(keys::put));
        return keys;
    }

    private static boolean mayBeComposite(TargetKey.Id id) {
        return id instanceof TargetKey.TextId(String text) && text.startsWith("[");
    }
}
