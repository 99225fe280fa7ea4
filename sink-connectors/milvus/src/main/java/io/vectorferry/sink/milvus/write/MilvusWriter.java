package io.vectorferry.sink.milvus.write;

import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.QueryResults;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.FieldCondition.Operator;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.LayoutCheck;
import io.vectorferry.sink.milvus.collection.MilvusCollection;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.milvus.collection.NewCollection;
import io.vectorferry.sink.milvus.read.AnswerRows;
import io.vectorferry.sink.milvus.write.WriteRequests.Chunk;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.sink.spi.parts.AbandonedRequests;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.FilterExpressions;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.MilvusErrors;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Upserts and deletes by primary key; what is acknowledged is in the server's log, and durable. */
public final class MilvusWriter implements TargetWriter {
    private static final Logger LOG = LoggerFactory.getLogger(MilvusWriter.class);

    /** Whole numbers up to here are float64 numbers, all of them. */
    private static final long MAX_EXACT = 1L << 53;

    /** A partly sent batch: when the caller repeats it, it resumes where it stopped, or throttling would never end. */
    private record Unfinished(WriteBatch batch, Deque<Chunk> pending) {
        @SuppressWarnings("ReferenceEquality") // the very batch again, and not one that happens to say the same
        boolean isOf(WriteBatch other) {
            return batch == other;
        }
    }

    private final MilvusClient client;
    private final MilvusCollection collection;
    private final Optional<String> alias;
    private final MilvusConfig config;
    private final Supplier<Optional<DistanceMetric>> searchedBy;
    private final RequestSender sender;
    private final SegmentSealing upkeep;
    private @Nullable CollectionLayout layout;
    private @Nullable String incarnation;
    private @Nullable MilvusRowCheck check;
    private @Nullable Unfinished unfinished;
    private final AbandonedRequests givenUp = new AbandonedRequests(System::nanoTime, WriteRequests::size);
    private long batches;
    private TargetKey.@Nullable Id unread;

    /** @param searchedBy how the source itself searches the collection */
    public MilvusWriter(
            MilvusClient client,
            MilvusCollection collection,
            Optional<String> alias,
            MilvusConfig config,
            Supplier<Optional<DistanceMetric>> searchedBy) {
        this.searchedBy = searchedBy;
        this.client = client;
        this.collection = collection;
        this.alias = alias;
        this.config = config;
        this.sender = new RequestSender(client, config.write());
        this.upkeep = new SegmentSealing(this.collection);
    }

    @Override
    public void prepare(TargetSchema schema) {
        if (schema.vectors().isEmpty()) {
            throw noVector();
        }
        if (schema.vectors().stream().anyMatch(vector -> vector.dimension() == 0)) {
            check = new MilvusRowCheck(schema, null); // only rows where that vector is NULL so far
            return;
        }
        String version = MilvusCollection.version(client);
        if (schema.vectors().size() > 1 && !MilvusCollection.hasSeveralVectors(version)) {
            throw FerryException.misconfigured(
                    "Milvus %s has one vector in a collection, and the rows of %s have %d"
                            .formatted(
                                    version,
                                    schema.collection(),
                                    schema.vectors().size()),
                    "Write `vector: %s`, or another one of them, in the target, or use Milvus 2.4 or newer."
                            .formatted(schema.vectors().getFirst().name()));
        }
        Optional<DescribeCollectionResponse> found = collection.describe(); // which decides about the name
        if (found.filter(collection::isUnclaimed).isPresent()) {
            LayoutCheck.require(CollectionLayout.of(found.get()), schema, config);
            found = collection.claim();
        }
        NewCollection wanted = new NewCollection(
                collection.name(), schema, config, MilvusCollection.hasNullableFields(version), searchedBy);
        if (found.isEmpty()) {
            collection.create(wanted);
            LOG.info("created collection {}", collection.name());
            found = collection.describe();
        }
        DescribeCollectionResponse described = found.orElseThrow();
        CollectionLayout present = CollectionLayout.of(described);
        LayoutCheck.require(present, schema, config);
        describeColumns(described, wanted);
        collection.ensureIndex(wanted);
        if (!collection.isLoaded()) {
            collection.load();
            LOG.info("loaded collection {}", collection.name());
        }
        alias.map(name -> collection.aliasOf(name, config.hasAliasEach())).ifPresent(this::makeAlias);
        layout = present;
        incarnation = incarnationOf(described);
        check = new MilvusRowCheck(schema, present);
    }

    private void makeAlias(String name) {
        if (collection.aliased(name).isEmpty()) {
            collection.takeAlias(name);
            LOG.info("created alias {} of collection {}", name, collection.name());
        }
    }

    private static FerryException noVector() {
        return FerryException.misconfigured(
                "Milvus holds no rows without a vector, and this collection has no vector column",
                "Name it in the source (`vector: …`), or remove the table from pipelines with a Milvus target.");
    }

    private void describeColumns(DescribeCollectionResponse described, NewCollection wanted) {
        Optional<ColumnCatalog> known = CollectionLayout.catalog(described);
        ColumnCatalog grown =
                known.orElseGet(wanted::catalog).grownBy(wanted.schema().fields());
        if (known.filter(grown::equals).isEmpty()) {
            collection.setCatalog(grown);
        }
    }

    @Override
    public boolean exists() {
        return layout().isPresent();
    }

    private Optional<CollectionLayout> layout() {
        if (layout == null) {
            collection.describeOwn().ifPresent(described -> {
                layout = CollectionLayout.of(described);
                incarnation = incarnationOf(described);
            });
        }
        return Optional.ofNullable(layout);
    }

    /** The server's own number of the collection. */
    @Override
    public Optional<String> incarnation() {
        return layout().map(found -> Objects.requireNonNull(incarnation));
    }

    private static String incarnationOf(DescribeCollectionResponse described) {
        return Long.toString(described.getCollectionID(), Character.MAX_RADIX);
    }

    @Override
    public int dimensionOf(String vectorColumn) {
        return collection
                .describe()
                .map(CollectionLayout::of)
                .flatMap(layout -> layout.vector(FieldNames.legal(vectorColumn)))
                .map(CollectionLayout.VectorField::dimension)
                .orElse(0);
    }

    /** Returns the schema of its catalog, which only ferry writes. */
    @Override
    public Optional<TargetSchema> filledWith() {
        return collection.describeOwn().flatMap(described -> {
            CollectionLayout present = CollectionLayout.of(described);
            return CollectionLayout.catalog(described)
                    .flatMap(catalog -> present.id().kind().map(kind -> schema(kind, present, catalog)));
        });
    }

    private TargetSchema schema(TargetSchema.IdKind kind, CollectionLayout present, ColumnCatalog catalog) {
        List<VectorShape> shapes = present.vectors().stream()
                .map(vector -> new VectorShape(
                        CollectionLayout.columnOf(vector, catalog), vector.element(), vector.dimension()))
                .toList();
        return new TargetSchema(collection.name(), kind, shapes, catalog.fields());
    }

    /**
     * Returns whether the field is in the dynamic field, whose numbers have no type but the catalog's; a separate
     * field keeps its type.
     */
    @Override
    public boolean canBecomeReal(String field) {
        Optional<DescribeCollectionResponse> described = collection.describeOwn();
        if (described.isEmpty()) {
            return true;
        }
        boolean typed = CollectionLayout.of(described.get()).typedField(field).isPresent();
        Optional<FieldType> known = CollectionLayout.catalog(described.get())
                .map(catalog -> catalog.fields().get(field));
        return !typed
                && known.map(ColumnCatalog::isWhole).orElse(true)
                && isEmpty(described.get(), new FieldCondition(field, Operator.GREATER, new Value.Whole(MAX_EXACT)))
                && isEmpty(described.get(), new FieldCondition(field, Operator.LESS, new Value.Whole(-MAX_EXACT)));
    }

    private boolean isEmpty(DescribeCollectionResponse described, FieldCondition condition) {
        String expression = FilterExpressions.all(List.of(condition), Set.of());
        QueryResults found = collection.strongQuery(expression, 1, List.of(FieldNames.ID));
        if (!MilvusErrors.isOk(found.getStatus())) {
            throw MilvusErrors.ofRows("reading collection " + collection.name(), found.getStatus());
        }
        return AnswerRows.ids(CollectionLayout.of(described), found).isEmpty();
    }

    @Override
    public Optional<Rejection> check(TargetWrite write) {
        MilvusRowCheck present = check;
        if (present == null) {
            throw new IllegalStateException("the collection is not prepared: " + collection.name());
        }
        return present.check(write);
    }

    @Override
    public void apply(WriteBatch batch) {
        Optional<CollectionLayout> present = layout();
        if (batch.writes().isEmpty() || present.isEmpty()) {
            return; // without a collection there is nothing to delete
        }
        Unfinished work = unfinished;
        if (work == null || !work.isOf(batch)) {
            work = new Unfinished(batch, WriteRequests.of(batch, present.get().id(), config.write()));
            unfinished = work;
            batches++;
        }
        sender.send(present.get(), work.pending(), chunk -> givenUp.add(chunk.ids(), batches));
        unfinished = null;
        givenUp.written(batch.writes(), batches);
        unread = lastId(batch, present.get());
        upkeep.wrote(batch.writes().size());
    }

    private TargetKey.@Nullable Id lastId(WriteBatch batch, CollectionLayout present) {
        for (TargetWrite write : batch.writes().reversed()) {
            if (present.id().canHold(write.key().id())) {
                return write.key().id();
            }
        }
        return unread;
    }

    @Override
    public Optional<PartitionOffsets> committedOffsets() {
        return Optional.empty();
    }

    /** Asks for the last key with strong consistency: the answer comes when the server has seen every write before it. */
    @Override
    public void flush() {
        TargetKey.Id id = unread;
        if (id == null || layout().isEmpty()) {
            return;
        }
        QueryResults read = collection.strongQuery(FilterExpressions.idIn(List.of(id)), 0, List.of(FieldNames.ID));
        if (read.getStatus().getCode() == MilvusErrors.COLLECTION_NOT_LOADED) {
            collection.load();
        }
        if (!MilvusErrors.isOk(read.getStatus())) {
            throw MilvusErrors.translate("reading collection " + collection.name(), read.getStatus());
        }
        unread = null;
    }

    @Override
    public void maintain(boolean caughtUp) {
        writeAgain();
        if (caughtUp && layout != null) {
            upkeep.look();
        }
    }

    private void writeAgain() {
        List<TargetWrite> due = givenUp.due();
        Optional<CollectionLayout> present = due.isEmpty() ? Optional.empty() : layout();
        if (present.isPresent()) {
            WriteBatch batch = WriteBatch.collapse(due, PartitionOffsets.of(Map.of()));
            Deque<Chunk> pending = WriteRequests.of(batch, present.get().id(), config.write());
            sender.send(present.get(), pending, chunk -> givenUp.add(chunk.ids(), batches));
            unread = lastId(batch, present.get());
        }
        givenUp.writtenAgain();
    }

    @Override
    public void forget() {
        givenUp.forget();
        unfinished = null;
        layout = null;
        incarnation = null;
        check = null;
    }

    @Override
    public void close() {
        // The connection is the target's.
    }
}
