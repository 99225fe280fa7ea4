package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The block ranges that a snapshot reads of a table: every leaf is cut into ranges of as many blocks, and the last
 * range of each is open-ended, since the table may have grown since it was measured. Numbered in order, so that one
 * bit per chunk records what is done.
 */
public record BlockRanges(List<Chunk> all) {

    /** @param toBlock exclusive; {@link Long#MAX_VALUE}: to the end */
    public record Chunk(int number, QualifiedName leaf, long fromBlock, long toBlock) {
        String condition() {
            String from = "ctid >= '(%d,0)'".formatted(fromBlock);
            return toBlock == Long.MAX_VALUE ? from : from + " AND ctid < '(%d,0)'".formatted(toBlock);
        }
    }

    /** @param blocks how many blocks the leaf has now */
    public record Leaf(QualifiedName name, long blocks) {}

    public static BlockRanges of(List<Leaf> leaves, int chunkBlocks) {
        List<Chunk> chunks = new ArrayList<>();
        for (Leaf leaf : leaves) {
            long from = 0;
            do {
                long to = from + chunkBlocks;
                boolean last = to >= leaf.blocks();
                chunks.add(new Chunk(chunks.size(), leaf.name(), from, last ? Long.MAX_VALUE : to));
                from = to;
            } while (from < leaf.blocks());
        }
        return new BlockRanges(List.copyOf(chunks));
    }

    List<Chunk> without(BitSet done) {
        return all.stream().filter(chunk -> !done.get(chunk.number())).toList();
    }
}
