package io.vectorferry.sink.lancedb.table;

import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.stores.lancedb.LanceErrors;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.Transaction;

/**
 * The offsets that the table itself remembers: in the properties of the commit that wrote the rows, and, as a lower
 * bound that outlives the clean-up of old versions, in the table's configuration.
 */
public final class TableOffsets {
    private static final String KEY = "vectorferry.offsets";

    /** The id of the topic that they are of: not in a table that an earlier version wrote last. */
    private static final String LOG_KEY = "vectorferry.log";

    /** Used instead of a partition: when the table began to be filled. */
    private static final int FILLED_SINCE = -1;

    private TableOffsets() {}

    public static Map<String, String> properties(PartitionOffsets offsets) {
        return Map.of(KEY, encode(offsets), LOG_KEY, offsets.log());
    }

    private static Optional<PartitionOffsets> of(Map<String, String> properties) {
        return Optional.ofNullable(properties.get(KEY)).map(text -> decode(text, properties.getOrDefault(LOG_KEY, "")));
    }

    private static String encode(PartitionOffsets offsets) {
        String next = offsets.next().entrySet().stream()
                .map(entry -> entry.getKey() + ":" + entry.getValue())
                .collect(Collectors.joining(","));
        return offsets.filledSinceMillis() == 0
                ? next
                : "%d:%d,%s".formatted(FILLED_SINCE, offsets.filledSinceMillis(), next);
    }

    private static PartitionOffsets decode(String text, String log) {
        TreeMap<Integer, Long> next = new TreeMap<>();
        for (String entry : text.split(",", -1)) {
            int colon = entry.indexOf(':');
            if (colon > 0) {
                next.put(Integer.parseInt(entry.substring(0, colon)), Long.parseLong(entry.substring(colon + 1)));
            }
        }
        @Nullable Long filledSince = next.remove(FILLED_SINCE);
        return new PartitionOffsets(next, filledSince == null ? 0 : filledSince, log);
    }

    /** Walks back from the newest version to the last commit of ours: index builds and other people's commits carry no offsets. */
    public static Optional<PartitionOffsets> read(Dataset latest) {
        for (long version = latest.version(); version >= 1; version--) {
            Optional<Dataset> at = checkout(latest, version);
            if (at.isEmpty()) {
                break;
            }
            try (Dataset dataset = at.get()) {
                Optional<PartitionOffsets> found = ofTransaction(dataset);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return of(latest.getConfig());
    }

    private static Optional<Dataset> checkout(Dataset latest, long version) {
        try {
            return Optional.of(latest.checkoutVersion(version));
        } catch (RuntimeException e) {
            if (LanceErrors.isNoVersion(e)) {
                return Optional.empty(); // cleaned up: the history ends here
            }
            throw e;
        }
    }

    private static Optional<PartitionOffsets> ofTransaction(Dataset dataset) {
        Optional<Transaction> read;
        try {
            read = dataset.readTransaction();
        } catch (RuntimeException e) {
            return Optional.empty(); // Lance 7.0.0 cannot show the transaction of a compaction of an indexed table
        }
        if (read.isEmpty()) {
            return Optional.empty();
        }
        try (Transaction transaction = read.get()) {
            return transaction.transactionProperties().flatMap(TableOffsets::of);
        }
    }
}
