package io.vectorferry.producer.join;

import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceRow;
import java.util.List;
import java.util.function.UnaryOperator;

/** Rows that are made of those of other blocks. For one thread. */
public final class MappedBlocks implements RowBlocks {
    private final RowBlocks blocks;
    private final UnaryOperator<List<SourceRow>> making;
    private List<SourceRow> block = List.of();

    /** @param making may leave rows out, and be tried again with the same rows when it has failed */
    public MappedBlocks(RowBlocks blocks, UnaryOperator<List<SourceRow>> making) {
        this.blocks = blocks;
        this.making = making;
    }

    @Override
    public List<SourceRow> next(int rows) {
        List<SourceRow> made = List.of();
        while (made.isEmpty()) {
            if (block.isEmpty()) {
                block = blocks.next(rows);
            }
            if (block.isEmpty()) {
                return List.of();
            }
            made = making.apply(block);
            block = List.of();
        }
        return made;
    }
}
