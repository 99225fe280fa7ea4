package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a table is cut for its snapshot. */
class ChunksTest {
    private static final PostgresConfig.Snapshot SETTINGS = new PostgresConfig.Snapshot(2, 256);

    @Test
    void aServerWithoutRangeScansIsAskedForEachLeafOnce() {
        List<Chunks.Leaf> leaves = List.of(
                new Chunks.Leaf(new QualifiedName("public", "a"), 1_000_000),
                new Chunks.Leaf(new QualifiedName("public", "b"), 0));

        assertThat(Chunks.of(leaves, TableSnapshot.chunkBlocks(13, SETTINGS)).all())
                .extracting(Chunks.Chunk::condition)
                .containsExactly("ctid >= '(0,0)'", "ctid >= '(0,0)'");
        assertThat(Chunks.of(leaves, TableSnapshot.chunkBlocks(14, SETTINGS)).all())
                .hasSize(1_000_000 / 256 + 1 + 1)
                .extracting(Chunks.Chunk::condition)
                .startsWith("ctid >= '(0,0)' AND ctid < '(256,0)'");
    }
}
