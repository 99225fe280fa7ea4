package io.vectorferry.control.deadletters;

import java.util.BitSet;
import java.util.TreeMap;

/** A set of the offsets of one partition: a bit each, in blocks that are dropped with the log's beginning. */
public final class OffsetSet {
    private static final int BLOCK = 1 << 16;

    private final TreeMap<Long, BitSet> blocks = new TreeMap<>();
    private long count;

    long count() {
        return count;
    }

    public boolean contains(long offset) {
        BitSet block = blocks.get(offset / BLOCK);
        return block != null && block.get((int) (offset % BLOCK));
    }

    public void add(long offset) {
        BitSet block = blocks.computeIfAbsent(offset / BLOCK, b -> new BitSet(BLOCK));
        int bit = (int) (offset % BLOCK);
        if (!block.get(bit)) {
            block.set(bit);
            count++;
        }
    }

    public void remove(long offset) {
        BitSet block = blocks.get(offset / BLOCK);
        int bit = (int) (offset % BLOCK);
        if (block != null && block.get(bit)) {
            block.clear(bit);
            count--;
        }
    }

    void removeBefore(long beginning) {
        var gone = blocks.headMap(beginning / BLOCK);
        gone.values().forEach(block -> count -= block.cardinality());
        gone.clear();
        BitSet first = blocks.get(beginning / BLOCK);
        if (first != null) {
            count -= first.cardinality();
            first.clear(0, (int) (beginning % BLOCK));
            count += first.cardinality();
        }
    }
}
