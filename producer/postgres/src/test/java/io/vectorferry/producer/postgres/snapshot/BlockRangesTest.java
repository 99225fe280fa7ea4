package io.vectorferry.producer.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.stores.postgres.QualifiedName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a table is cut for its snapshot. */
class BlockRangesTest {
    @Test
    void eachChunkHasAsManyBlocksAndTheLastOfALeafAllThatComeLater() {
        List<BlockRanges.Leaf> leaves = List.of(
                new BlockRanges.Leaf(new QualifiedName("public", "a"), 1_000_000),
                new BlockRanges.Leaf(new QualifiedName("public", "b"), 0));

        assertThat(BlockRanges.of(leaves, 256).all())
                .hasSize(1_000_000 / 256 + 1 + 1)
                .extracting(BlockRanges.Chunk::condition)
                .startsWith("ctid >= '(0,0)' AND ctid < '(256,0)'")
                .endsWith("ctid >= '(0,0)'");
    }
}
