package io.vectorferry.producer.chroma;

import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.SourceRow;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The records of the ids that are there at the first call. For one thread. */
final class RecordBlocks implements RowBlocks {
    private final Supplier<List<String>> allIds;
    private final Function<List<String>, List<SourceRow>> records;
    private @Nullable List<String> ids;
    private int read;

    RecordBlocks(Supplier<List<String>> allIds, Function<List<String>, List<SourceRow>> records) {
        this.allIds = allIds;
        this.records = records;
    }

    @Override
    public List<SourceRow> next(int rows) {
        List<String> all = ids == null ? allIds.get() : ids;
        ids = all;
        List<SourceRow> found = List.of();
        while (found.isEmpty() && read < all.size()) {
            int end = Math.min(all.size(), read + rows);
            found = records.apply(all.subList(read, end));
            read = end;
        }
        return found;
    }
}
