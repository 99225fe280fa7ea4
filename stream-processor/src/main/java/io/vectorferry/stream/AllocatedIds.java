package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * New int64 ids: the partition in bits 42 to 51 and a count from 1 below it, so always positive and below 2^52. An id is
 * given once: it is never taken from its key, also when the row is deleted. Count, id and output commit together.
 */
final class AllocatedIds implements PartitionIds {
    static final int COUNT_BITS = 42;
    static final int MAX_PARTITIONS = 1 << 10;
    private static final long MAX_COUNT = (1L << COUNT_BITS) - 1;
    private static final String COUNT = "count";

    private final int partition;
    private final KeyValueStore<Bytes, Long> ids;
    private final KeyValueStore<Bytes, Bytes> keysById;
    private final KeyValueStore<String, Long> count;

    AllocatedIds(
            int partition,
            KeyValueStore<Bytes, Long> ids,
            KeyValueStore<Bytes, Bytes> keysById,
            KeyValueStore<String, Long> count) {
        if (partition >= MAX_PARTITIONS) {
            throw new IllegalArgumentException("an id has no room for partition " + partition);
        }
        this.partition = partition;
        this.ids = ids;
        this.keysById = keysById;
        this.count = count;
    }

    @Override
    public TargetKey of(SourceKey key) {
        Bytes bytes = IdBytes.of(key);
        Long known = ids.get(bytes);
        return new TargetKey(key.collection(), new TargetKey.NumberId(known == null ? allocate(bytes) : known));
    }

    private long allocate(Bytes key) {
        Long before = count.get(COUNT);
        long next = before == null ? 1 : before + 1;
        if (next > MAX_COUNT) {
            throw FerryException.misconfigured(
                    "partition %d has given all its %d ids".formatted(partition, MAX_COUNT),
                    "Give the rows to a pipeline of another name, with `ids: uuid5`.");
        }
        long id = ((long) partition << COUNT_BITS) | next;
        count.put(COUNT, next);
        ids.put(key, id);
        keysById.put(IdBytes.of(new TargetKey.NumberId(id)), key);
        return id;
    }

    @Override
    public Optional<FerryException> claim(SourceKey key) {
        return Optional.empty();
    }

    @Override
    public void release(SourceKey key) {}
}
