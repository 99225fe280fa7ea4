package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.FieldCondition.Operator;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.sink.spi.parts.AbandonedRequests;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ChromaLimits;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.NewCollection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Upserts and deletes records by id. What Chroma acknowledges is in its log on disk, and every client reads it; a collection that was
 * dropped, or created again, is noticed before each batch.
 */
final class ChromaWriter implements TargetWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ChromaWriter.class);

    /** Whole numbers up to here are float64 numbers, all of them. */
    private static final long MAX_EXACT = 1L << 53;

    /** Maximum number of records of a request if the server does not report its own. */
    private static final int BATCH_RECORDS = 1_000;

    private record InFlight(List<TargetWrite.Upsert> rows, Future<Boolean> answer) {}

    private final ChromaClient client;
    private final String name;
    private final ChromaTargetConfig config;
    private final Supplier<Optional<DistanceMetric>> searchedBy;
    private final AbandonedRequests givenUp = new AbandonedRequests(System::nanoTime, UpsertRequest::size);
    private long batches;
    private @Nullable PresentCollection present;
    private @Nullable ChromaRowCheck check;
    private int batchRecords;

    /** @param searchedBy how the source itself searches the collection */
    ChromaWriter(
            ChromaClient client,
            String name,
            ChromaTargetConfig config,
            Supplier<Optional<DistanceMetric>> searchedBy) {
        this.client = client;
        this.name = name;
        this.config = config;
        this.searchedBy = searchedBy;
    }

    @Override
    public void prepare(TargetSchema schema) {
        VectorShape vector = schema.vector().orElseThrow(ChromaWriter::noVector);
        if (vector.dimension() == 0 || !StoredVectors.canHold(vector.element())) {
            check = new ChromaRowCheck(schema, Optional.empty()); // no row so far that a collection could hold
            return;
        }
        requireExactVectors();
        Optional<PresentCollection> before = found();
        PresentCollection collection = before.orElseGet(() -> create(schema, vector));
        collection.require(schema, vector, config);
        ColumnCatalog grown = collection
                .catalog()
                .orElseGet(() -> new ColumnCatalog(vector.name(), schema.fields()))
                .grownBy(schema.fields());
        if (!collection.catalog().equals(Optional.of(grown))) {
            describe(collection, PresentCollection.metadata(schema, vector, grown));
            collection = found().orElseThrow(this::dropped);
        }
        present = collection;
        check = new ChromaRowCheck(schema, collection.space());
    }

    private PresentCollection create(TargetSchema schema, VectorShape vector) {
        Space space = config.space().or(() -> searchedBy.get().map(Space::of)).orElse(Space.COSINE);
        ChromaCollection created = client.create(new NewCollection(
                name,
                space.label(),
                config.index(),
                PresentCollection.metadata(schema, vector, new ColumnCatalog(vector.name(), schema.fields()))));
        LOG.info("created collection {} with space {}", name, space.label());
        return new PresentCollection(created);
    }

    private void describe(PresentCollection collection, Map<String, String> metadata) {
        try {
            client.describe(collection.chroma(), metadata);
        } catch (CollectionGoneException e) {
            throw dropped(e);
        }
    }

    private static FerryException noVector() {
        return FerryException.misconfigured(
                "Chroma holds no rows without a vector, and this collection has no vector column",
                "Name it in the source (`vector: …`), or remove the table from pipelines with a Chroma target.");
    }

    private void requireExactVectors() {
        if (batchRecords > 0) {
            return;
        }
        ChromaLimits limits = client.limits();
        if (!limits.base64()) {
            throw FerryException.misconfigured(
                    "Chroma at %s does not take vectors in Base64, and it rounds those in JSON".formatted(client.url()),
                    "Use a newer Chroma 1.x.");
        }
        batchRecords = limits.batchRecords() > 0 ? limits.batchRecords() : BATCH_RECORDS;
    }

    private Optional<PresentCollection> found() {
        return client.collection(name).map(PresentCollection::new);
    }

    /** A collection of the user's has no rows of ours until it is prepared. */
    private Optional<PresentCollection> own() {
        if (present == null) {
            present = found().filter(collection -> collection.catalog().isPresent())
                    .orElse(null);
        }
        return Optional.ofNullable(present);
    }

    @Override
    public boolean exists() {
        return own().isPresent();
    }

    /** The server's own id of the collection. */
    @Override
    public Optional<String> incarnation() {
        return own().map(collection -> collection.chroma().id());
    }

    @Override
    public int dimensionOf(String vectorColumn) {
        return found().map(collection -> collection.chroma().dimension()).orElse(0);
    }

    @Override
    public Optional<TargetSchema> filledWith() {
        return found().flatMap(PresentCollection::filledWith);
    }

    @Override
    public boolean canBecomeReal(String field) {
        Optional<PresentCollection> collection = found();
        Optional<FieldType> known = collection
                .flatMap(PresentCollection::catalog)
                .map(catalog -> catalog.fields().get(field));
        return known.map(ColumnCatalog::isWhole).orElse(true)
                && collection
                        .filter(present -> hasBeyond(present, field, Operator.GREATER, MAX_EXACT)
                                || hasBeyond(present, field, Operator.LESS, -MAX_EXACT))
                        .isEmpty();
    }

    private boolean hasBeyond(PresentCollection collection, String field, Operator operator, long bound) {
        try {
            String where = WhereFilter.of(List.of(new FieldCondition(field, operator, new Value.Whole(bound))));
            return MetadataValues.isLegalKey(field) && client.hasAny(collection.chroma(), where);
        } catch (CollectionGoneException e) {
            return false;
        }
    }

    @Override
    public Optional<Rejection> check(TargetWrite write) {
        ChromaRowCheck prepared = check;
        if (prepared == null) {
            throw new IllegalStateException("the collection is not prepared: " + name);
        }
        return prepared.check(write);
    }

    @Override
    public void apply(WriteBatch batch) {
        if (batch.writes().isEmpty() || own().isEmpty()) {
            return; // without a collection there is nothing to delete
        }
        batches++;
        write(batch.writes());
        givenUp.written(batch.writes(), batches);
    }

    private void write(List<TargetWrite> writes) {
        PresentCollection collection = current();
        requireExactVectors();
        Set<String> deletes = new HashSet<>();
        List<TargetWrite.Upsert> upserts = new ArrayList<>();
        for (TargetWrite write : writes) {
            switch (write) {
                case TargetWrite.Upsert upsert -> upserts.add(upsert);
                case TargetWrite.Delete delete -> {
                    if (collection.canHold(delete.key().id())) {
                        deletes.add(delete.key().id().text());
                    }
                }
            }
        }
        UpsertRequest request = request(collection);
        try {
            deletes.addAll(withOldText(collection, request, upserts));
            sendDeletes(collection, writes, List.copyOf(deletes));
            sendUpserts(collection, request, upserts);
        } catch (CollectionGoneException e) {
            throw dropped(e);
        }
    }

    /** Returns the collection as the server describes it now, which may have more metadata keys. */
    private PresentCollection current() {
        PresentCollection before = own().orElseThrow(this::dropped);
        PresentCollection now = found().orElseThrow(this::dropped);
        if (!now.chroma().id().equals(before.chroma().id())) {
            throw dropped();
        }
        present = now;
        return now;
    }

    private UpsertRequest request(PresentCollection collection) {
        Map<String, FieldType> fields =
                collection.catalog().map(ColumnCatalog::fields).orElse(Map.of());
        return new UpsertRequest(
                PresentCollection.isText(fields, config.document()) ? config.document() : null,
                PresentCollection.isText(fields, ChromaReader.URI) ? ChromaReader.URI : null,
                collection.keys());
    }

    /** Returns the records whose document or URI the row no longer has: an upsert would leave it, so they are deleted first. */
    private List<String> withOldText(
            PresentCollection collection, UpsertRequest request, List<TargetWrite.Upsert> upserts)
            throws CollectionGoneException {
        List<String> without = upserts.stream()
                .filter(upsert -> request.keepsText(upsert.record().row()))
                .map(upsert -> upsert.key().id().text())
                .toList();
        List<String> found = new ArrayList<>();
        for (int from = 0; from < without.size(); from += batchRecords) {
            found.addAll(client.withText(
                    collection.chroma(), without.subList(from, Math.min(without.size(), from + batchRecords))));
        }
        return found;
    }

    private void sendDeletes(PresentCollection collection, List<TargetWrite> writes, List<String> ids)
            throws CollectionGoneException {
        for (int from = 0; from < ids.size(); from += batchRecords) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + batchRecords));
            try {
                client.delete(collection.chroma(), some);
            } catch (FerryException e) {
                abandon(writes, e);
                throw e;
            }
        }
    }

    /** Sends some at once; when it returns, all are acknowledged. */
    private void sendUpserts(PresentCollection collection, UpsertRequest request, List<TargetWrite.Upsert> upserts)
            throws CollectionGoneException {
        List<InFlight> failed = new ArrayList<>();
        try (ExecutorService sending = Executors.newVirtualThreadPerTaskExecutor()) {
            Deque<InFlight> sent = new ArrayDeque<>();
            int from = 0;
            while (failed.isEmpty() && from < upserts.size()) {
                List<TargetWrite.Upsert> rows = upserts.subList(from, endOfRequest(upserts, from));
                from += rows.size();
                byte[] body = request.of(rows);
                if (sent.size() == config.write().inFlight()) {
                    settle(sent.removeFirst(), failed);
                }
                sent.addLast(new InFlight(rows, sending.submit(() -> {
                    client.upsert(collection.chroma(), body);
                    return true;
                })));
            }
            while (!sent.isEmpty()) {
                settle(sent.removeFirst(), failed);
            }
        }
        if (!failed.isEmpty()) {
            throw failure(failed.getFirst());
        }
    }

    private int endOfRequest(List<TargetWrite.Upsert> upserts, int from) {
        int most = Math.min(
                upserts.size(), from + Math.min(batchRecords, config.write().requestRows()));
        long bytes = UpsertRequest.size(upserts.get(from));
        int to = from + 1;
        while (to < most
                && bytes + UpsertRequest.size(upserts.get(to)) <= config.write().requestBytes()) {
            bytes += UpsertRequest.size(upserts.get(to));
            to++;
        }
        return to;
    }

    /** Waits also for those that are sent after one has failed, because each of them may be executed later if it is not answered. */
    private void settle(InFlight request, List<InFlight> failed) {
        try {
            request.answer().get();
        } catch (ExecutionException e) {
            failed.add(request);
            if (e.getCause() instanceof FerryException known) {
                abandon(List.copyOf(request.rows()), known);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed.add(request);
        }
    }

    private static FerryException failure(InFlight request) throws CollectionGoneException {
        if (request.answer().state() != Future.State.FAILED) {
            return FerryException.retryable("interrupted while writing to Chroma", new InterruptedException());
        }
        Throwable cause = request.answer().exceptionNow();
        if (cause instanceof CollectionGoneException gone) {
            throw gone;
        }
        return FerryException.unexpected("a write to Chroma", cause);
    }

    /** A request without an answer may still be executed, after a newer write of the same rows. */
    private void abandon(List<TargetWrite> writes, FerryException e) {
        if (e.kind() == FerryException.Kind.RETRYABLE) {
            givenUp.add(writes.stream().map(write -> write.key().id()).toList(), batches);
        }
    }

    private FerryException dropped(CollectionGoneException e) {
        return FerryException.misconfigured(
                String.valueOf(e.getMessage()), dropped().remedy(), e);
    }

    private FerryException dropped() {
        return FerryException.misconfigured(
                "collection %s was dropped or recreated".formatted(name),
                "Start ferry again: it creates the collection and fills it from `records`.");
    }

    @Override
    public Optional<PartitionOffsets> committedOffsets() {
        return Optional.empty();
    }

    /** Does nothing: Chroma's reads and searches see every write that it has acknowledged. */
    @Override
    public void flush() {}

    @Override
    public void maintain(boolean caughtUp) {
        List<TargetWrite> due = givenUp.due();
        if (!due.isEmpty() && own().isPresent()) {
            write(WriteBatch.collapse(due, PartitionOffsets.of(Map.of())).writes());
        }
        givenUp.writtenAgain();
    }

    @Override
    public void forget() {
        givenUp.forget();
        present = null;
        check = null;
    }

    @Override
    public void close() {
        // The client is the target's.
    }
}
