package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;

/** Ids that follow from the key alone, where no two collections share a table: nothing is remembered. */
record ComputedIds(TargetIds computed) implements PartitionIds {
    @Override
    public TargetKey of(SourceKey key) {
        return computed.of(key);
    }

    @Override
    public Optional<FerryException> claim(SourceKey key) {
        return Optional.empty();
    }

    @Override
    public void release(SourceKey key) {}
}
