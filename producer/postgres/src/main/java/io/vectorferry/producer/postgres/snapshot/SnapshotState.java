package io.vectorferry.producer.postgres.snapshot;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.postgres.snapshot.BlockRanges.Leaf;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The progress of the snapshot of one table, kept in {@code control} after every chunk so that a restart resumes
 * there. Safe for any thread.
 */
public final class SnapshotState {
    /** No chunk is read that is so far beyond the first unread one: their bits are written after every chunk. */
    private static final int MAX_AHEAD = 8_192;

    private static final long LOOK_MILLIS = 100;

    private final TableGenerations generations;
    private final SnapshotProgress begun;
    private final List<MeasuredLeaf> leaves;
    private final int chunkBlocks;
    private final BitSet done;
    private long rowsDone;
    private final long rowsTotal;

    /** @param fileNode changes when the table is rewritten or truncated */
    record MeasuredLeaf(QualifiedName name, long fileNode, long blocks) {}

    /**
     * Starts over.
     *
     * @param begun the generation, which every message repeats
     */
    SnapshotState(
            TableGenerations generations,
            SnapshotProgress begun,
            List<MeasuredLeaf> leaves,
            int chunkBlocks,
            long rowsTotal) {
        this(generations, begun, leaves, chunkBlocks, rowsTotal, 0, new BitSet());
    }

    private SnapshotState(
            TableGenerations generations,
            SnapshotProgress begun,
            List<MeasuredLeaf> leaves,
            int chunkBlocks,
            long rowsTotal,
            long rowsDone,
            BitSet done) {
        this.generations = generations;
        this.begun = begun;
        this.leaves = List.copyOf(leaves);
        this.chunkBlocks = chunkBlocks;
        this.rowsTotal = rowsTotal;
        this.rowsDone = rowsDone;
        this.done = done;
    }

    /**
     * Resumes where the recorded one stopped, with the blocks as they were measured then: the numbers of the chunks
     * depend on them. What the table has grown by since is in the log.
     */
    static SnapshotState resumed(
            TableGenerations generations, SnapshotProgress recorded, List<MeasuredLeaf> measuredThen) {
        return new SnapshotState(
                generations,
                recorded,
                measuredThen,
                recorded.getChunkBlocks(),
                recorded.getRowsTotal(),
                recorded.getRowsDone(),
                done(recorded));
    }

    private static BitSet done(SnapshotProgress recorded) {
        BitSet done = new BitSet();
        int before = Math.toIntExact(recorded.getDoneBefore());
        done.set(0, before);
        BitSet.valueOf(recorded.getDoneChunks().toByteArray()).stream().forEach(bit -> done.set(before + bit));
        return done;
    }

    /** The leaves that were recorded, when they are still the same tables on disk. */
    static List<MeasuredLeaf> recordedLeaves(SnapshotProgress recorded, List<MeasuredLeaf> now) {
        String[] parts = recorded.getIncarnation().split(";", -1);
        List<MeasuredLeaf> leaves = new ArrayList<>();
        for (int i = 0; i < now.size() && now.size() == parts.length; i++) {
            String[] numbers = parts[i].split(":", -1);
            if (numbers.length == 2 && Long.parseLong(numbers[0]) == now.get(i).fileNode()) {
                leaves.add(new MeasuredLeaf(now.get(i).name(), now.get(i).fileNode(), Long.parseLong(numbers[1])));
            }
        }
        return leaves.size() == now.size() ? leaves : List.of();
    }

    public int generation() {
        return begun.getGeneration();
    }

    boolean isSameIncarnation(List<MeasuredLeaf> now) {
        return leaves.stream()
                .map(MeasuredLeaf::fileNode)
                .toList()
                .equals(now.stream().map(MeasuredLeaf::fileNode).toList());
    }

    synchronized List<BlockRanges.Chunk> remaining() {
        List<Leaf> blocks = leaves.stream()
                .map(leaf -> new Leaf(leaf.name(), leaf.blocks()))
                .toList();
        return BlockRanges.of(blocks, chunkBlocks).without(done);
    }

    /** Waits for chunks that are far behind; false when the reading ends instead. */
    synchronized boolean awaitTurn(BlockRanges.Chunk chunk, BooleanSupplier ends) throws InterruptedException {
        while (chunk.number() - done.nextClearBit(0) >= MAX_AHEAD && !ends.getAsBoolean()) {
            wait(LOOK_MILLIS);
        }
        return !ends.getAsBoolean();
    }

    /** All rows of the chunk are acknowledged. */
    synchronized void finished(BlockRanges.Chunk chunk, long rows) {
        done.set(chunk.number());
        rowsDone += rows;
        notifyAll();
        generations.chunkDone(progress(false));
    }

    public synchronized void complete() {
        publish(true);
    }

    public synchronized void publish(boolean complete) {
        generations.progressed(progress(complete));
    }

    private SnapshotProgress progress(boolean complete) {
        StringBuilder incarnation = new StringBuilder();
        for (MeasuredLeaf leaf : leaves) {
            incarnation
                    .append(incarnation.isEmpty() ? "" : ";")
                    .append(leaf.fileNode())
                    .append(':')
                    .append(leaf.blocks());
        }
        int before = done.nextClearBit(0);
        byte[] behind = done.get(before, Math.max(before, done.length())).toByteArray();
        return begun.toBuilder()
                .setDoneBefore(before)
                .setDoneChunks(ByteString.copyFrom(behind))
                .setChunkBlocks(chunkBlocks)
                .setTotalBlocks(leaves.stream().mapToLong(MeasuredLeaf::blocks).sum())
                .setRowsDone(rowsDone)
                .setRowsTotal(complete ? rowsDone : Math.max(rowsTotal, rowsDone))
                .setComplete(complete)
                .setIncarnation(incarnation.toString())
                .setUpdatedMicros(Micros.now())
                .build();
    }
}
