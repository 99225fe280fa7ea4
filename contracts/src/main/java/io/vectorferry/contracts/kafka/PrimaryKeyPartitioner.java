package io.vectorferry.contracts.kafka;

import java.util.Map;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Sends a source key where its primary key alone says, whatever its collection: rows of two collections with the same
 * primary key meet in one partition, where a clash of their target ids is seen. The partition is murmur2 of the key's
 * bytes behind the collection's field.
 */
public final class PrimaryKeyPartitioner implements Partitioner {
    private static final int COLLECTION_TAG = (1 << 3) | 2;
    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 0x80;

    @Override
    public int partition(
            String topic,
            @Nullable Object key,
            byte @Nullable [] keyBytes,
            @Nullable Object value,
            byte @Nullable [] valueBytes,
            Cluster cluster) {
        if (keyBytes == null) {
            throw new IllegalArgumentException("a record without a key is sent to a partition by its number");
        }
        return partitionOf(keyBytes, cluster.partitionCountForTopic(topic));
    }

    /** @param sourceKey as its codec encodes it */
    public static int partitionOf(byte[] sourceKey, int partitions) {
        int start = primaryKeyStart(sourceKey);
        byte[] primaryKey = java.util.Arrays.copyOfRange(sourceKey, start, sourceKey.length);
        return Utils.toPositive(Utils.murmur2(primaryKey)) % partitions;
    }

    private static int primaryKeyStart(byte[] sourceKey) {
        if (sourceKey.length == 0 || sourceKey[0] != COLLECTION_TAG) {
            return 0;
        }
        int at = 1;
        int length = 0;
        for (int shift = 0; ; shift += VARINT_BITS) {
            int next = sourceKey[at++];
            length |= (next & (VARINT_MORE - 1)) << shift;
            if ((next & VARINT_MORE) == 0) {
                return at + length;
            }
        }
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public void close() {}
}
