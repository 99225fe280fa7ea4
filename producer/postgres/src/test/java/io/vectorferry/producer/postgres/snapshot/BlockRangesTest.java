package io.vectorferry.producer.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a table is cut for its snapshot. */
class BlockRangesTest {
    private static final PostgresConfig.Snapshot SETTINGS = new PostgresConfig.Snapshot(2, 256);

    @Test
    void aServerWithoutRangeScansIsAskedForEachLeafOnce() {
        List<BlockRanges.Leaf> leaves = List.of(
                new BlockRanges.Leaf(new QualifiedName("public", "a"), 1_000_000),
                new BlockRanges.Leaf(new QualifiedName("public", "b"), 0));

        assertThat(BlockRanges.of(leaves, TableSnapshot.chunkBlocks(13, SETTINGS))
                        .all())
                .extracting(BlockRanges.Chunk::condition)
                .containsExactly("ctid >= '(0,0)'", "ctid >= '(0,0)'");
        assertThat(BlockRanges.of(leaves, TableSnapshot.chunkBlocks(14, SETTINGS))
                        .all())
                .hasSize(1_000_000 / 256 + 1 + 1)
                .extracting(BlockRanges.Chunk::condition)
                .startsWith("ctid >= '(0,0)' AND ctid < '(256,0)'");
    }
}
