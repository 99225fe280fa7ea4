package io.vectorferry.stream.ids;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.rules.ids.IdRule;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** The target ids of one partition's keys, with what must be remembered of them. For the task's thread. */
public interface IdAssignment {
    /** Returns the id of a key: always the same one. */
    TargetKey of(SourceKey key);

    /** Takes the id before a row enters the target. Returns an error of type {@code id_conflict} if another collection's row has it there. */
    Optional<FerryException> claim(SourceKey key);

    /** Gives the id back when the row has left the target. */
    void release(SourceKey key);

    /** @param context of the partition's task, with the stores that {@link IdStores#of} lists */
    static IdAssignment open(IdRule rule, ProcessorContext<?, ?> context) {
        return switch (rule.policy()) {
            case PRESERVE ->
                rule.shared().isEmpty()
                        ? new Unrecorded(rule)
                        : new SharedTable(rule, context.getStateStore(IdStores.OWNERS));
            case UUID5 -> new ReverseIndexed(rule, context.getStateStore(IdStores.KEYS_BY_ID));
            case ALLOCATE ->
                new Allocated(
                        context.taskId().partition(),
                        context.getStateStore(IdStores.IDS),
                        context.getStateStore(IdStores.KEYS_BY_ID),
                        context.getStateStore(IdStores.COUNT));
        };
    }

    /** Ids that follow from the key alone, where no two collections share a table: nothing is remembered. */
    record Unrecorded(IdRule rule) implements IdAssignment {
        @Override
        public TargetKey of(SourceKey key) {
            return rule.of(key);
        }

        @Override
        public Optional<FerryException> claim(SourceKey key) {
            return Optional.empty();
        }

        @Override
        public void release(SourceKey key) {}
    }

    /** Ids from which the key cannot be computed: the key is kept by its id for as long as the row is in the target. */
    record ReverseIndexed(IdRule rule, KeyValueStore<Bytes, Bytes> keysById) implements IdAssignment {
        @Override
        public TargetKey of(SourceKey key) {
            return rule.of(key);
        }

        @Override
        public Optional<FerryException> claim(SourceKey key) {
            keysById.put(IdStores.bytes(of(key).id()), IdStores.bytes(key));
            return Optional.empty();
        }

        @Override
        public void release(SourceKey key) {
            keysById.delete(IdStores.bytes(of(key).id()));
        }
    }

    /**
     * Ids of several collections in one table, where the first row with an id owns it until it is deleted. Sound
     * because {@code changes} is partitioned by the primary key alone: rows that would clash meet here, in one order.
     *
     * @param owners of an id in a table: the collection
     */
    record SharedTable(IdRule rule, KeyValueStore<Bytes, String> owners) implements IdAssignment {
        @Override
        public TargetKey of(SourceKey key) {
            return rule.of(key);
        }

        @Override
        public Optional<FerryException> claim(SourceKey key) {
            return shared(key).flatMap(id -> {
                String owner = owners.putIfAbsent(id, key.collection());
                return owner == null || owner.equals(key.collection())
                        ? Optional.empty()
                        : Optional.of(conflict(owner));
            });
        }

        @Override
        public void release(SourceKey key) {
            shared(key).filter(id -> key.collection().equals(owners.get(id))).ifPresent(owners::delete);
        }

        private Optional<Bytes> shared(SourceKey key) {
            return rule.shared().tableOf(key.collection()).map(table -> IdStores.bytes(table, of(key).id()));
        }

        private static FerryException conflict(String owner) {
            return FerryException.rejected(
                    ErrorType.ID_CONFLICT,
                    "a row of %s has this id in the target's table, which both collections share".formatted(owner));
        }
    }

    /**
     * New int64 ids: the partition in bits 42 to 51 and a count from 1 below it, so always positive and below 2^52. An id is
     * given once: it is never taken from its key, also when the row is deleted. Count, id and output commit together.
     */
    final class Allocated implements IdAssignment {
        private static final int COUNT_BITS = 42;
        private static final int MAX_PARTITIONS = 1 << 10;
        private static final long MAX_COUNT = (1L << COUNT_BITS) - 1;
        private static final String COUNT = "count";

        private final int partition;
        private final KeyValueStore<Bytes, Long> ids;
        private final KeyValueStore<Bytes, Bytes> keysById;
        private final KeyValueStore<String, Long> count;

        private Allocated(
                int partition,
                KeyValueStore<Bytes, Long> ids,
                KeyValueStore<Bytes, Bytes> keysById,
                KeyValueStore<String, Long> count) {
            if (partition >= MAX_PARTITIONS) {
                throw new IllegalArgumentException("an id cannot hold partition " + partition);
            }
            this.partition = partition;
            this.ids = ids;
            this.keysById = keysById;
            this.count = count;
        }

        @Override
        public TargetKey of(SourceKey key) {
            Bytes bytes = IdStores.bytes(key);
            Long known = ids.get(bytes);
            return new TargetKey(key.collection(), new TargetKey.NumberId(known == null ? allocate(bytes) : known));
        }

        private long allocate(Bytes key) {
            Long before = count.get(COUNT);
            long next = before == null ? 1 : before + 1;
            if (next > MAX_COUNT) {
                throw FerryException.misconfigured(
                        "partition %d has assigned all its %d ids".formatted(partition, MAX_COUNT),
                        "Use another pipeline name, with `ids: uuid5`.");
            }
            long id = ((long) partition << COUNT_BITS) | next;
            count.put(COUNT, next);
            ids.put(key, id);
            keysById.put(IdStores.bytes(new TargetKey.NumberId(id)), key);
            return id;
        }

        @Override
        public Optional<FerryException> claim(SourceKey key) {
            return Optional.empty();
        }

        @Override
        public void release(SourceKey key) {}
    }
}
