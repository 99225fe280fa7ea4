package io.vectorferry.sink.lancedb.index;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexKind;
import io.vectorferry.sink.lancedb.config.StoredVectorIndex;
import io.vectorferry.sink.lancedb.config.VectorIndexSpec;
import io.vectorferry.sink.lancedb.table.WriterClaim;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.NativeCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.index.Index;
import org.lance.index.IndexOptions;
import org.lance.index.IndexParams;
import org.lance.index.OptimizeOptions;
import org.lance.index.vector.VectorIndexParams;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the vector index once the sink has caught up and brings it up to date when a tenth of the rows is not in it.
 * Works in a thread and on a handle of its own: a build takes a minute, for which live changes must not wait, and an
 * index commit lands beside the writer's without a conflict.
 */
public final class VectorIndexMaintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VectorIndexMaintenance.class);
    private static final double MAX_UNINDEXED_SHARE = 0.1;
    /** A search reads as many in a few milliseconds; a small table would get a commit for each row otherwise. */
    private static final long MIN_ADDED_ROWS = 1_000;

    /** Larger buffers the C library takes from the system and gives back each time, which doubles what a build costs. */
    private static final long PART_BYTES = 16L << 20;

    private static final long MAX_PART_BYTES = 2 * PART_BYTES;

    /** Fragments of different parts are not merged: fewer than the fragments of a size that compaction leaves. */
    private static final int MAX_PARTS = 24;

    /** Number of parts that are built at once when nothing else has to be done; beside live changes it is one. */
    private static final int MAX_BUILDERS = 4;

    /** A snapshot that is slower than the sink leaves it caught up all the time; an index of half a table would be made twice. */
    private static final double MAX_GROWTH_BETWEEN_LOOKS = 0.01;

    private static final Duration RETRY_PAUSE = Duration.ofMinutes(5);
    private static final long CLOSE_WAIT_SECONDS = 60;
    private static final long MAX_ARROW_BYTES = 256L << 20;
    private static final double NANOS_PER_SECOND = 1e9;
    static final String NAME_SUFFIX = "_idx";

    private final String uri;
    private final LanceDbConfig config;
    private final Supplier<Optional<DistanceMetric>> searchedBy;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("lancedb-index").daemon().factory());
    private @Nullable Future<Boolean> build;
    private long notBeforeNanos = System.nanoTime();
    private long rowsAtLastLook;
    private final Map<String, ColumnIndex> columns = new HashMap<>();

    /** The index of one column of dense vectors, as far as it is known. */
    private static final class ColumnIndex {
        private final Field column;
        private final String name;
        /** The end of the keys of its notes in the table's configuration. */
        private final String suffix;

        private long tooFewRows = -1;
        /**
         * Whether the index was compared with the configured one: once, because neither changes while this process
         * runs; again after a failed build.
         */
        private boolean compared;

        ColumnIndex(Field column, boolean first) {
            this.column = column;
            this.name = column.getName() + NAME_SUFFIX;
            this.suffix = first ? "" : "." + column.getName();
        }
    }

    /** @param searchedBy how the source itself searches the collection */
    public VectorIndexMaintenance(String uri, LanceDbConfig config, Supplier<Optional<DistanceMetric>> searchedBy) {
        this.uri = uri;
        this.config = config;
        this.searchedBy = searchedBy;
    }

    public boolean building() {
        return build != null && !build.isDone();
    }

    /** True once after each build that has ended: the table has a new version then. */
    public boolean finished() {
        Future<Boolean> ended = build;
        if (ended == null || !ended.isDone()) {
            return false;
        }
        build = null;
        if (!ended.resultNow()) {
            columns.values().forEach(index -> index.compared = false); // what was wanted has not been built
            notBeforeNanos = System.nanoTime() + RETRY_PAUSE.toNanos();
        }
        return true;
    }

    /** Looks again and again; builds when the sink has caught up with a table that is not being filled. */
    public void look(Dataset dataset, boolean caughtUp) {
        long rows = dataset.countRows();
        boolean filling = rows > rowsAtLastLook * (1 + MAX_GROWTH_BETWEEN_LOOKS);
        rowsAtLastLook = rows;
        if (caughtUp && !filling && System.nanoTime() - notBeforeNanos >= 0) {
            buildIfDue(dataset, rows, 1);
        }
    }

    /** Nothing more will come. */
    public void settle(Dataset dataset) {
        int builders = Math.min(MAX_BUILDERS, Runtime.getRuntime().availableProcessors());
        buildIfDue(dataset, dataset.countRows(), builders);
    }

    private void buildIfDue(Dataset dataset, long rows, int builders) {
        if (building() || config.index().kind() == IndexKind.NONE) {
            return;
        }
        if (rows == 0) {
            return;
        }
        List<BooleanSupplier> due = new ArrayList<>();
        for (ColumnIndex index : indexes(dataset)) {
            due(dataset, index, rows, builders).ifPresent(due::add);
        }
        if (!due.isEmpty()) {
            build = thread.submit(() -> {
                boolean all = true;
                for (BooleanSupplier one : due) {
                    all &= one.getAsBoolean();
                }
                return all;
            });
        }
    }

    private List<ColumnIndex> indexes(Dataset dataset) {
        List<ColumnIndex> found = new ArrayList<>();
        for (Field column : dataset.getSchema().getFields()) {
            if (isFloatVector(column)) {
                boolean first = found.isEmpty();
                found.add(columns.computeIfAbsent(column.getName(), name -> new ColumnIndex(column, first)));
            }
        }
        return found;
    }

    /** Returns the work on a column's index, which says whether it succeeded. */
    private Optional<BooleanSupplier> due(Dataset dataset, ColumnIndex index, long rows, int builders) {
        Optional<VectorIndex> present = StoredVectorIndex.named(dataset, index.name);
        if (present.isPresent()) {
            return keepUp(dataset, index, rows, present.get());
        }
        if (rows == index.tooFewRows) {
            return Optional.empty(); // it has been asked already, which costs
        }
        VectorIndexSpec wanted = wanted();
        if (rows < config.index().minRows(wanted)) {
            index.tooFewRows = rows;
            return Optional.empty();
        }
        return Optional.of(build(index, rows, wanted, Optional.of(builders)));
    }

    private VectorIndexSpec wanted() {
        return VectorIndexSpec.of(config.index().kind(), config.index().metric(searchedBy.get()));
    }

    private Optional<BooleanSupplier> keepUp(Dataset dataset, ColumnIndex index, long rows, VectorIndex present) {
        Optional<BuiltIndex> built = BuiltIndex.in(dataset.getConfig(), index.suffix, present);
        if (!index.compared && rows != index.tooFewRows) {
            VectorIndexSpec wanted = wanted();
            boolean another = built.isPresent() && !built.get().spec().equals(wanted);
            index.compared = !another || rows >= config.index().minRows(wanted);
            if (another && index.compared) {
                return Optional.of(build(index, rows, wanted, Optional.empty()));
            }
            if (another) {
                index.tooFewRows = rows;
            }
            if (built.isEmpty()) {
                kept(uri, index.name, present, wanted.kind())
                        .ifPresent(kept -> LOG.warn("{}. {}", kept.message(), kept.remedy()));
            }
        }
        if (present.unindexedRows() <= Math.max(MIN_ADDED_ROWS, MAX_UNINDEXED_SHARE * rows)) {
            return Optional.empty();
        }
        Optional<BuiltIndex> grown = built.map(known -> known.with(present.unindexedRows()));
        return Optional.of(
                grown.filter(BuiltIndex::isOutgrown).isPresent()
                        ? build(index, rows, wanted(), Optional.empty())
                        : () -> onOwnHandle("added rows to", d -> add(d, index, grown)));
    }

    /** Returns `doctor`'s findings about the table's indexes. */
    public List<Finding> findings(Dataset dataset) {
        if (config.index().kind() == IndexKind.NONE) {
            return List.of();
        }
        return indexes(dataset).stream()
                .flatMap(index -> StoredVectorIndex.named(dataset, index.name).stream()
                        .filter(present -> BuiltIndex.in(dataset.getConfig(), index.suffix, present)
                                .isEmpty())
                        .flatMap(present -> kept(uri, index.name, present, wanted().kind()).stream()))
                .toList();
    }

    /** Somebody else has built it, or an earlier version of ferry, which left no note: who searches by it may want it so. */
    private static Optional<Finding> kept(String uri, String name, VectorIndex present, IndexKind wanted) {
        if (present.type().equals(wanted.name())) {
            return Optional.empty();
        }
        int slash = uri.lastIndexOf('/');
        String table = uri.substring(slash + 1, uri.length() - LanceDbConfig.TABLE_SUFFIX.length());
        return Optional.of(Finding.warning(
                "lancedb.index",
                "table %s keeps its %s index `%s`, which was not built by this version; this version would build %s"
                        .formatted(table, present.type(), name, wanted),
                "To replace it, drop the index: python3 -c \"import lancedb; lancedb.connect('%s').open_table('%s').drop_index('%s')\". To keep it, write `index: {type: %s}`."
                        .formatted(
                                uri.substring(0, slash),
                                table,
                                name,
                                present.type().toLowerCase(Locale.ROOT))));
    }

    /** @param builders of the parts of a first index; none: it replaces one */
    private BooleanSupplier build(ColumnIndex index, long rows, VectorIndexSpec spec, Optional<Integer> builders) {
        String done =
                "built %s for %s of".formatted(spec.typeName(), spec.metric().label());
        return () -> onOwnHandle(done, d -> create(d, index, spec, rows, builders));
    }

    private static boolean isFloatVector(Field field) {
        return field.getType() instanceof ArrowType.FixedSizeList
                && field.getChildren().getFirst().getType() instanceof ArrowType.FloatingPoint;
    }

    private interface Work {
        void on(LanceTable table);
    }

    private boolean onOwnHandle(String done, Work work) {
        long started = System.nanoTime();
        try (BufferAllocator allocator = new RootAllocator(MAX_ARROW_BYTES);
                LanceTable table = new LanceTable(uri, config.storage(), allocator)) {
            NativeCall.unchecked(() -> work.on(table));
            double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
            LOG.info("{} the vector index of {} in {} s", done, uri, "%.1f".formatted(seconds));
            return true;
        } catch (RuntimeException | Error e) {
            // The table is whole without it, and a later look tries again: an error here must not end its other upkeep.
            LOG.warn("Indexing {} failed and will be retried: {}", uri, String.valueOf(e));
            return false;
        }
    }

    /** @param builders of the parts of a first index; none: it replaces one, in one commit, and searches use that until then */
    private void create(
            LanceTable table, ColumnIndex index, VectorIndexSpec spec, long rows, Optional<Integer> builders) {
        Field column = index.column;
        String name = index.name;
        BuiltIndex built = BuiltIndex.of(spec, rows);
        note(table, built.intention(index.suffix));
        Dataset dataset = table.dataset();
        int dimension = ((ArrowType.FixedSizeList) column.getType()).getListSize();
        List<List<Integer>> parts = builders.isPresent() && spec.searchedWhole(rows) && isFloat32(column)
                ? parts(dataset.getFragments(), (long) dimension * Float.BYTES)
                : List.of();
        if (parts.isEmpty()) {
            dataset.createIndex(options(column, name, spec, spec.params(rows, dimension))
                    .replace(true)
                    .build());
        } else {
            dataset.commitExistingIndexSegments(
                    name,
                    column.getName(),
                    segments(
                            dataset,
                            parts,
                            part -> options(column, name, spec, spec.partParams(dimension))
                                    .withFragmentIds(part)
                                    .build(),
                            builders.orElseThrow()));
        }
        note(table, built.configuration(index.suffix));
    }

    /** Files only: a handle builds one part at a time, so each builder but the first has its own. */
    private List<Index> segments(
            Dataset dataset, List<List<Integer>> parts, Function<List<Integer>, IndexOptions> options, int builders) {
        Queue<List<Integer>> left = new ConcurrentLinkedQueue<>(parts);
        Queue<Index> built = new ConcurrentLinkedQueue<>();
        Consumer<Dataset> building = on -> {
            for (List<Integer> part = left.poll(); part != null; part = left.poll()) {
                built.add(on.createIndex(options.apply(part)));
            }
        };
        List<CompletableFuture<Void>> beside = new ArrayList<>();
        try (ExecutorService more = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("lancedb-index-", 1).daemon().factory())) {
            for (int i = 1; i < Math.min(builders, parts.size()); i++) {
                beside.add(CompletableFuture.runAsync(
                        () -> {
                            try (BufferAllocator allocator = new RootAllocator(MAX_ARROW_BYTES);
                                    LanceTable own = new LanceTable(uri, config.storage(), allocator)) {
                                NativeCall.unchecked(() -> building.accept(own.dataset()));
                            }
                        },
                        more));
            }
            building.accept(dataset);
        } finally {
            left.clear(); // a failure ends them all
        }
        beside.forEach(CompletableFuture::join);
        return List.copyOf(built);
    }

    private static IndexOptions.Builder options(
            Field column, String name, VectorIndexSpec spec, VectorIndexParams params) {
        return IndexOptions.builder(
                        List.of(column.getName()),
                        spec.type(),
                        IndexParams.builder().setVectorIndexParams(params).build())
                .withIndexName(name);
    }

    /** Lance 7 takes the centroid of a part as float32 only. */
    private static boolean isFloat32(Field vector) {
        return vector.getChildren()
                .getFirst()
                .getType()
                .equals(new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE));
    }

    /** Fragments one after another whose vectors are one part of an index; empty where they are too large or too many for that. */
    public static List<List<Integer>> parts(List<Fragment> fragments, long bytesPerRow) {
        for (long partBytes = PART_BYTES; partBytes <= MAX_PART_BYTES; partBytes *= 2) {
            List<List<Integer>> parts = gathered(fragments, bytesPerRow, partBytes);
            if (parts.size() <= MAX_PARTS) {
                return parts;
            }
        }
        return List.of();
    }

    private static List<List<Integer>> gathered(List<Fragment> fragments, long bytesPerRow, long partBytes) {
        List<List<Integer>> parts = new ArrayList<>();
        long filled = 0;
        for (Fragment fragment : fragments) {
            long bytes = fragment.metadata().getPhysicalRows() * bytesPerRow;
            if (bytes > MAX_PART_BYTES) {
                return List.of();
            }
            if (parts.isEmpty() || filled + bytes > partBytes) {
                parts.add(new ArrayList<>());
                filled = 0;
            }
            parts.getLast().add(fragment.getId());
            filled += bytes;
        }
        return parts;
    }

    private static void add(LanceTable table, ColumnIndex index, Optional<BuiltIndex> grown) {
        table.dataset()
                .optimizeIndices(OptimizeOptions.builder()
                        .numIndicesToMerge(1)
                        .indexNames(List.of(index.name))
                        .build());
        grown.ifPresent(known -> note(table, known.configuration(index.suffix)));
    }

    private static void note(LanceTable table, Map<String, String> configuration) {
        table.reopen();
        WriterClaim.commit(table, configuration, Optional.empty());
    }

    /** Lets a build that is under way end, within a bound: a table that is caught up should be left with its index. */
    @Override
    public void close() {
        thread.shutdown();
        Future<Boolean> running = build;
        if (running == null) {
            return;
        }
        try {
            boolean built = running.get(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS);
            LOG.debug("the index of {} was {}", uri, built ? "built" : "not built");
        } catch (TimeoutException e) {
            LOG.warn("the index of {} is postponed to the next start", uri);
        } catch (ExecutionException e) {
            LOG.error("the index of {} failed", uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
