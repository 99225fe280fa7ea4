package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.Target;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Writes the rows of a file into a target. The file is read twice: nothing is written of one that is damaged. Rows are
 * upserts, so that an import may be repeated; one that was killed resumes after the last batch. For one thread.
 */
public final class Import {
    private final Path file;
    private final Path dataDir;
    private final LongConsumer progress;

    /**
     * @param dataDir where the progress of an import is stored
     * @param progress receives the number of rows done
     */
    public Import(Path file, Path dataDir, LongConsumer progress) {
        this.file = file;
        this.dataDir = dataDir;
        this.progress = progress;
    }

    /**
     * The result of an import.
     *
     * @param skipped rows that an import before this one had written
     * @param rejected rows that the target cannot hold, and why it cannot hold the first
     */
    public record Outcome(long rows, long skipped, long rejected, String firstProblem) {}

    public Outcome into(Target target) {
        Schemas schemas = new Schemas();
        JsonlReader.Whole whole = new JsonlReader(file).read(row -> schemas.add(held(target, row)));
        checkTables(target, schemas);
        ImportProgress remembered = ImportProgress.of(dataDir, target.name(), whole.sha256());
        long skipped = remembered.rows();
        try (TableWriters writers = new TableWriters(target, schemas, rows -> {
            remembered.reached(rows);
            progress.accept(rows);
        })) {
            new JsonlReader(file).read(row -> writers.add(held(target, row), skipped));
            writers.flush();
            remembered.forget();
            return new Outcome(whole.rows(), skipped, writers.rejected(), writers.firstProblem());
        }
    }

    private static JsonlRow held(Target target, JsonlRow row) {
        return new JsonlRow(row.key(), target.held(row.row()));
    }

    private static void checkTables(Target target, Schemas schemas) {
        Map<String, String> collections = new TreeMap<>();
        for (String collection : schemas.collections()) {
            String other = collections.put(target.sharing(collection), collection);
            if (other != null) {
                throw FerryException.misconfigured(
                        "%s and %s would go to one table of %s".formatted(other, collection, target.name()),
                        "Use ${collection} in the table name.");
            }
        }
    }
}
