package io.vectorferry.sink.postgres;

import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.stores.postgres.session.PostgresAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commits row after row for ever, to be killed: row n is written with offset n + 1, and each batch updates older rows too. */
public final class CommittingProcess {
    private static final int BATCH_ROWS = 20;

    private CommittingProcess() {}

    public static void main(String... arguments) {
        URI url = URI.create(arguments[0]);
        PostgresAddress address = new PostgresAddress(
                "targets[0].postgres",
                url.getHost(),
                url.getPort(),
                url.getPath().substring(1),
                Map.of(),
                "postgres",
                Optional.empty());
        try (PostgresTarget target = new PostgresTarget("pg", PostgresTargetConfig.of(address, "articles"));
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
