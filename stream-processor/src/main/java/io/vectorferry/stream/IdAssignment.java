package io.vectorferry.stream;

import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import java.util.Set;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.StoreBuilder;

/** How a pipeline gives its ids, and what it must remember for it. */
record IdAssignment(IdPolicy policy, SharedTables shared) {

    Set<StoreBuilder<?>> stores() {
        return switch (policy) {
            case PRESERVE -> shared.isEmpty() ? Set.of() : Set.of(IdStores.owners());
            case UUID5 -> Set.of(IdStores.keysById());
            case ALLOCATE -> Set.of(IdStores.ids(), IdStores.keysById(), IdStores.count());
        };
    }

    /** Of the task's partition. */
    PartitionIds open(ProcessorContext<?, ?> context) {
        return switch (policy) {
            case PRESERVE -> {
                TargetIds computed = TargetIds.by(policy);
                yield shared.isEmpty()
                        ? new ComputedIds(computed)
                        : new OwnedIds(computed, shared, context.getStateStore(IdStores.OWNERS));
            }
            case UUID5 -> new IndexedIds(TargetIds.by(policy), context.getStateStore(IdStores.KEYS_BY_ID));
            case ALLOCATE ->
                new AllocatedIds(
                        context.taskId().partition(),
                        context.getStateStore(IdStores.IDS),
                        context.getStateStore(IdStores.KEYS_BY_ID),
                        context.getStateStore(IdStores.COUNT));
        };
    }
}
