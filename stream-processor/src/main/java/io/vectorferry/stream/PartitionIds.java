package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import java.util.Optional;

/** The target ids of one partition's keys, with what is remembered of them. For the task's thread. */
interface PartitionIds extends TargetIds {
    /** Before a row enters the target; a rejection of type {@code id_conflict} when another collection's row has its id there. */
    Optional<FerryException> claim(SourceKey key);

    /** The row has left the target. */
    void release(SourceKey key);
}
