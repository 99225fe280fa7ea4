package io.vectorferry.sink.spi;

import io.vectorferry.contracts.message.TargetKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes of one table with at most one an id, so that their order within the batch cannot matter.
 *
 * @param offsets what is consumed once the batch is durable
 */
public record WriteBatch(List<TargetWrite> writes, PartitionOffsets offsets) {
    public WriteBatch {
        writes = List.copyOf(writes);
    }

    /** The last write of each id wins, whichever collection of the table it is of. */
    public static WriteBatch collapse(List<TargetWrite> inOrder, PartitionOffsets offsets) {
        Map<TargetKey.Id, TargetWrite> last = LinkedHashMap.newLinkedHashMap(inOrder.size());
        for (TargetWrite write : inOrder) {
            last.put(write.key().id(), write);
        }
        return new WriteBatch(new ArrayList<>(last.values()), offsets);
    }
}
