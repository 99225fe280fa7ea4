package io.vectorferry.sink.lancedb;

import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commits row after row for ever, to be killed: row n is written with offset n + 1, and each batch updates older rows too. */
public final class CommittingProcess {
    private static final int BATCH_ROWS = 20;

    private CommittingProcess() {}

    public static void main(String... arguments) {
        LanceDbConfig config = LanceDbConfig.of(Path.of(arguments[0]).toString(), "articles");
        try (LanceDbTarget target = new LanceDbTarget("lake", config);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            long next = writer.committedOffsets()
                    .map(PartitionOffsets::next)
                    .map(offsets -> offsets.getOrDefault(0, 0L))
                    .orElse(0L);
            writer.prepare(Rows.schema());
            while (true) {
                List<TargetWrite> writes = new ArrayList<>();
                for (int i = 0; i < BATCH_ROWS; i++) {
                    writes.add(Rows.upsert(next / 2, "updated"));
                    writes.add(Rows.upsert(next++, "new"));
                }
                writer.apply(WriteBatch.collapse(writes, Rows.offsets(next)));
            }
        }
    }
}
