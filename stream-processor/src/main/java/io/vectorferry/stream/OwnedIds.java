package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Ids of several collections in one table, where the first row to bear an id owns it until it is deleted. Sound because
 * {@code changes} is partitioned by the primary key alone: rows that would clash meet here, in one order.
 *
 * @param owners of an id in a table: the collection
 */
record OwnedIds(TargetIds computed, SharedTables shared, KeyValueStore<Bytes, String> owners) implements PartitionIds {
    @Override
    public TargetKey of(SourceKey key) {
        return computed.of(key);
    }

    @Override
    public Optional<FerryException> claim(SourceKey key) {
        return shared.tableOf(key.collection()).flatMap(table -> claim(key, IdBytes.of(table, of(key).id())));
    }

    private Optional<FerryException> claim(SourceKey key, Bytes id) {
        String owner = owners.putIfAbsent(id, key.collection());
        return owner == null || owner.equals(key.collection()) ? Optional.empty() : Optional.of(conflict(owner));
    }

    @Override
    public void release(SourceKey key) {
        shared.tableOf(key.collection())
                .map(table -> IdBytes.of(table, of(key).id()))
                .ifPresent(id -> {
                    if (key.collection().equals(owners.get(id))) {
                        owners.delete(id);
                    }
                });
    }

    private static FerryException conflict(String owner) {
        return FerryException.rejected(
                ErrorType.ID_CONFLICT,
                "a row of %s has this id in the target's table, which both collections share".formatted(owner));
    }
}
