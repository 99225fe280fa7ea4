package io.vectorferry.app.demo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** The same table in the target, read by the target's own means. For one thread. */
final class TargetArticles implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final TargetReader reader;
    private final String product;

    /** @param product what the target is called */
    TargetArticles(LoadedPipeline pipeline, String product) {
        this.product = product;
        this.reader = pipeline.targets()
                .getFirst()
                .reader(pipeline.source().collections().getFirst());
    }

    String product() {
        return product;
    }

    long count() {
        return reader.count();
    }

    Optional<Row> row(long id) {
        TargetKey.Id key = new TargetKey.NumberId(id);
        return Optional.ofNullable(reader.fetch(List.of(key)).get(key));
    }

    /** Returns when a fresh read of the row says so, with the milliseconds since {@code sinceNanos}. */
    long awaitRow(long sinceNanos, long id, Predicate<Optional<Row>> expected) throws InterruptedException {
        await("row %d in the target".formatted(id), () -> expected.test(row(id)));
        return Duration.ofNanos(System.nanoTime() - sinceNanos).toMillis();
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() - deadline > 0) {
                throw FerryException.misconfigured(
                        "waited %d s without success for %s".formatted(TIMEOUT.toSeconds(), what),
                        "The log in the demo's directory shows what the stages did.");
            }
            Thread.sleep(POLL);
        }
    }

    /** A table that is just being made cannot be read yet. */
    private static boolean holds(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (FerryException e) {
            if (e.kind() == FerryException.Kind.RETRYABLE) {
                return false;
            }
            throw e;
        }
    }

    static String text(Row row, String field) {
        return row.field(field)
                .map(found -> found.value() instanceof Value.Text(String text) ? text : "")
                .orElse("");
    }

    static Optional<Vector> vector(Row row) {
        return row.vector().flatMap(VectorColumn::value);
    }

    List<SourceArticles.Hit> search(float[] query, int k) {
        return reader.search(Vector.ofFloats(query), k).stream()
                .map(hit -> new SourceArticles.Hit(number(hit.id()), body(hit.id()), 1 - hit.score()))
                .toList();
    }

    private static long number(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> value;
            case TargetKey.TextId(String value) -> Long.parseLong(value);
        };
    }

    private String body(TargetKey.Id id) {
        return row(number(id)).map(row -> text(row, "body")).orElse("?");
    }

    @Override
    public void close() {
        reader.close();
    }
}
