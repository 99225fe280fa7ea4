package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/** Ids from which the key cannot be computed back: the way back is kept for as long as the row is in the target. */
record IndexedIds(TargetIds computed, KeyValueStore<Bytes, Bytes> keysById) implements PartitionIds {
    @Override
    public TargetKey of(SourceKey key) {
        return computed.of(key);
    }

    @Override
    public Optional<FerryException> claim(SourceKey key) {
        keysById.put(IdBytes.of(of(key).id()), IdBytes.of(key));
        return Optional.empty();
    }

    @Override
    public void release(SourceKey key) {
        keysById.delete(IdBytes.of(of(key).id()));
    }
}
