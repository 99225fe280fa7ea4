package io.vectorferry.deploy.broker;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionLog.TxnRecord;
import org.apache.kafka.coordinator.transaction.TransactionMetadata;
import org.apache.kafka.coordinator.transaction.TransactionState;

/**
 * The coordinator's transaction notes, read from its files. The end of each transaction raises the epoch of its
 * producer by one, so that an epoch names one transaction. For one thread.
 */
public final class TransactionNotes {
    private final Map<Long, NavigableMap<Short, EndTransactionMarker>> ends = new HashMap<>();
    private final Map<String, TransactionMetadata> newest = new HashMap<>();
    private final Set<TopicPartition> partitions = new HashSet<>();
    private int coordinatorEpoch;

    /** A transaction that a partition holds open. */
    record Open(TopicPartition partition, long producer, short epoch) {}

    /** A marker and the epoch that it is written with. */
    record End(short epoch, EndTransactionMarker marker) {}

    /** Adds a segment; they come in the order of their offsets. */
    public void add(FileRecords segment) {
        for (RecordBatch batch : segment.batches()) {
            coordinatorEpoch = Math.max(coordinatorEpoch, batch.partitionLeaderEpoch());
            for (Record note : batch) {
                if (note.hasKey()
                        && TransactionLog.read(note.key(), note.value())
                                instanceof TxnRecord(String id, TransactionMetadata transaction)) {
                    add(id, transaction, batch.partitionLeaderEpoch());
                }
            }
        }
    }

    private void add(String id, TransactionMetadata transaction, int epochOfCoordinator) {
        newest.put(id, transaction);
        partitions.addAll(transaction.topicPartitions());
        type(transaction.state()).ifPresent(type -> ends.computeIfAbsent(transaction.producerId(), p -> new TreeMap<>())
                .put(transaction.producerEpoch(), new EndTransactionMarker(type, epochOfCoordinator)));
    }

    private static Optional<ControlRecordType> type(TransactionState state) {
        return switch (state) {
            case PREPARE_COMMIT, COMPLETE_COMMIT -> Optional.of(ControlRecordType.COMMIT);
            case PREPARE_ABORT, COMPLETE_ABORT -> Optional.of(ControlRecordType.ABORT);
            default -> Optional.empty();
        };
    }

    /** All that transactions have written to. */
    Set<TopicPartition> partitions() {
        return Set.copyOf(partitions);
    }

    /**
     * How to end a transaction that its coordinator does not end any more; empty when it does. What the coordinator has not
     * decided nobody has seen: it decides before any partition gets a marker.
     */
    Optional<End> missingEnd(Open open) {
        End end = Optional.ofNullable(ends.get(open.producer()))
                .map(ofProducer -> ofProducer.higherEntry(open.epoch()))
                .map(decided -> new End(decided.getKey(), decided.getValue()))
                .orElseGet(() -> abort(open));
        return isCoordinators(open, end) ? Optional.empty() : Optional.of(end);
    }

    private End abort(Open open) {
        return new End((short) (open.epoch() + 1), new EndTransactionMarker(ControlRecordType.ABORT, coordinatorEpoch));
    }

    private boolean isCoordinators(Open open, End end) {
        return newest.values().stream()
                .filter(transaction -> transaction.producerId() == open.producer())
                .filter(transaction -> transaction.topicPartitions().contains(open.partition()))
                .anyMatch(transaction -> switch (transaction.state()) {
                    case ONGOING -> transaction.producerEpoch() == open.epoch();
                    case PREPARE_COMMIT, PREPARE_ABORT -> transaction.producerEpoch() == end.epoch();
                    default -> false;
                });
    }
}
