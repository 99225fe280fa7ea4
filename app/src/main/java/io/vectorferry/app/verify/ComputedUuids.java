package io.vectorferry.app.verify;

import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.stream.TargetIds;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code ids: uuid5}: the id follows from the key, and the way back is in {@code id-map}.
 *
 * @param mapped empty where there is no pipeline to ask
 */
record ComputedUuids(Optional<MappedIds> mapped) implements RowIds {
    private static final TargetIds IDS = TargetIds.by(IdPolicy.UUID5);

    @Override
    public TargetKey.Id of(SourceKey key) {
        return IDS.of(key).id();
    }

    @Override
    public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
        return mapped.map(topic -> topic.keysOf(ids)).orElse(Map.of());
    }
}
