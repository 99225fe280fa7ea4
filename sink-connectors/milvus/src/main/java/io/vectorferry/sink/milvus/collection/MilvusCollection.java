package io.vectorferry.sink.milvus.collection;

import io.milvus.grpc.AlterAliasRequest;
import io.milvus.grpc.AlterCollectionRequest;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.CreateAliasRequest;
import io.milvus.grpc.DescribeAliasRequest;
import io.milvus.grpc.DescribeAliasResponse;
import io.milvus.grpc.DescribeCollectionRequest;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.DescribeIndexRequest;
import io.milvus.grpc.DescribeIndexResponse;
import io.milvus.grpc.FlushRequest;
import io.milvus.grpc.GetLoadStateRequest;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.IndexDescription;
import io.milvus.grpc.KeyValuePair;
import io.milvus.grpc.LoadCollectionRequest;
import io.milvus.grpc.LoadState;
import io.milvus.grpc.QueryRequest;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.Status;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.MilvusErrors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One collection by its name: what can be asked of it and done to it, beside writing rows. Where each of the source's
 * collections has one of its own, the description of a collection that ferry made says whose rows it holds, and a property that of
 * one that the user made. One whose name is taken by another's has a name with the CRC-32 of its own at the end: Milvus' names
 * tell {@code a-b} and {@code a_b} not apart.
 */
public final class MilvusCollection {
    private static final Duration QUICK = Duration.ofSeconds(30);

    /** A load reads what there is from storage. */
    private static final Duration SLOW = Duration.ofMinutes(5);

    /** The property that says whose rows a collection holds that the user made. */
    private static final String OWNER = "vectorferry.collection";

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");
    private static final int NULLABLE_SINCE = 2_05;
    private static final int SEVERAL_VECTORS_SINCE = 2_04;

    private final MilvusClient client;
    private final Optional<String> owner;
    private final String plain;
    private String name;

    /** @param owner the source's collection that alone may have its rows in it; empty where several may */
    public MilvusCollection(MilvusClient client, String name, Optional<String> owner) {
        this.client = client;
        this.plain = name;
        this.name = name;
        this.owner = owner;
    }

    public String name() {
        return name;
    }

    public Optional<DescribeCollectionResponse> describe() {
        Optional<DescribeCollectionResponse> found = describe(plain);
        if (owner.isEmpty()
                || found.filter(described -> !isOfAnother(described)).isPresent()) {
            name = plain;
            return found;
        }
        String other = FieldNames.distinct(plain, owner.get());
        Optional<DescribeCollectionResponse> distinct = describe(other);
        name = distinct.isEmpty() && found.isEmpty() ? plain : other;
        return distinct;
    }

    /**
     * Returns the collection if the writer may use it: one that the user created has no rows of ours until it is
     * {@link #claim claimed}.
     */
    public Optional<DescribeCollectionResponse> describeOwn() {
        Optional<DescribeCollectionResponse> found = describe();
        if (found.filter(this::isUnclaimed).isEmpty()) {
            return found;
        }
        boolean filled = CollectionLayout.catalog(found.get()).isPresent(); // by an earlier build, which noted no owner
        return filled ? claim() : Optional.empty();
    }

    /** Whether the user made it, and nobody's rows are in it. */
    public boolean isUnclaimed(DescribeCollectionResponse described) {
        return owner.isPresent() && ownerOf(described).isEmpty();
    }

    /** Notes whose rows a collection of the user's holds from now on. Returns the collection of these rows, which is another one when somebody else was faster. */
    public Optional<DescribeCollectionResponse> claim() {
        setProperty("claiming", OWNER, owner.orElseThrow());
        return describe();
    }

    private boolean isOfAnother(DescribeCollectionResponse described) {
        return ownerOf(described).filter(of -> !owner.equals(Optional.of(of))).isPresent();
    }

    private static Optional<String> ownerOf(DescribeCollectionResponse described) {
        String description = described.getSchema().getDescription();
        if (description.startsWith(NewCollection.MADE_FROM)) {
            return Optional.of(description.substring(NewCollection.MADE_FROM.length()));
        }
        return described.getPropertiesList().stream()
                .filter(property -> property.getKey().equals(OWNER))
                .map(KeyValuePair::getValue)
                .findFirst();
    }

    /**
     * Returns the name by which applications read the collection. Where each of the source's collections has an alias,
     * one whose alias refers to another's rows, or would, has a distinct one, formed like a collection's name.
     *
     * @param alias as configured
     */
    public String aliasOf(String alias, boolean isOfOneCollection) {
        if (owner.isEmpty() || !isOfOneCollection) {
            return alias;
        }
        String other = FieldNames.distinct(alias, owner.get());
        Optional<String> standsFor = aliased(alias);
        boolean taken = standsFor.isPresent()
                ? describe(standsFor.get()).filter(this::isOfAnother).isPresent()
                : !name.equals(plain) || aliased(other).isPresent();
        return taken ? other : alias;
    }

    private Optional<DescribeCollectionResponse> describe(String name) {
        String action = "describing collection " + name;
        DescribeCollectionResponse described = client.ask(
                action,
                QUICK,
                milvus -> milvus.describeCollection(DescribeCollectionRequest.newBuilder()
                        .setCollectionName(name)
                        .build()));
        Status status = described.getStatus();
        if (status.getCode() == MilvusErrors.COLLECTION_NOT_FOUND) {
            return Optional.empty();
        }
        if (!MilvusErrors.isOk(status)) {
            throw MilvusErrors.translate(action, status);
        }
        String real = described.getSchema().getName(); // the answer's own name only repeats the question
        if (!real.equals(name)) {
            throw FerryException.misconfigured(
                    "%s is an alias of collection %s".formatted(name, real),
                    "Name the collection itself in `collection`, and the alias in `alias`.");
        }
        return Optional.of(described);
    }

    public void create(NewCollection wanted) {
        client.command("creating collection " + name, QUICK, milvus -> milvus.createCollection(wanted.request()));
    }

    public void ensureIndex(NewCollection wanted) {
        Set<String> indexed = index().stream()
                .flatMap(found -> found.getIndexDescriptionsList().stream())
                .map(IndexDescription::getFieldName)
                .collect(Collectors.toSet());
        for (VectorShape vector : wanted.schema().vectors()) {
            if (!indexed.contains(FieldNames.legal(vector.name()))) {
                client.command(
                        "indexing collection " + name, QUICK, milvus -> milvus.createIndex(wanted.index(vector)));
            }
        }
    }

    public Optional<DescribeIndexResponse> index() {
        String action = "asking for the index of collection " + name;
        DescribeIndexResponse index = client.ask(
                action,
                QUICK,
                milvus -> milvus.describeIndex(DescribeIndexRequest.newBuilder()
                        .setCollectionName(name)
                        .build()));
        if (index.getStatus().getCode() == MilvusErrors.INDEX_NOT_FOUND) {
            return Optional.empty();
        }
        if (!MilvusErrors.isOk(index.getStatus())) {
            throw MilvusErrors.translate(action, index.getStatus());
        }
        return Optional.of(index);
    }

    public void load() {
        client.command(
                "loading collection " + name,
                SLOW,
                milvus -> milvus.loadCollection(LoadCollectionRequest.newBuilder()
                        .setCollectionName(name)
                        .setReplicaNumber(1)
                        .build()));
    }

    public boolean isLoaded() {
        return client.ask(
                                "asking whether collection %s is loaded".formatted(name),
                                QUICK,
                                milvus -> milvus.getLoadState(GetLoadStateRequest.newBuilder()
                                        .setCollectionName(name)
                                        .build()))
                        .getState()
                == LoadState.LoadStateLoaded;
    }

    public void flush() {
        String action = "flushing collection " + name;
        client.command(action, SLOW, milvus -> milvus.flush(
                        FlushRequest.newBuilder().addCollectionNames(name).build())
                .getStatus());
    }

    public void setCatalog(ColumnCatalog catalog) {
        setProperty("describing the columns of", ColumnCatalog.PROPERTY, catalog.text());
    }

    private void setProperty(String action, String property, String value) {
        client.command(
                "%s collection %s".formatted(action, name),
                QUICK,
                milvus -> milvus.alterCollection(AlterCollectionRequest.newBuilder()
                        .setCollectionName(name)
                        .addProperties(NewCollection.pair(property, value))
                        .build()));
    }

    /** Sees everything that was acknowledged before the call. */
    public QueryResults strongQuery(String expression, long limit, List<String> fields) {
        QueryRequest.Builder request = QueryRequest.newBuilder()
                .setCollectionName(name)
                .setExpr(expression)
                .setConsistencyLevel(ConsistencyLevel.Strong)
                .addAllOutputFields(fields);
        if (limit > 0) {
            request.addQueryParams(NewCollection.pair("limit", Long.toString(limit)));
        }
        return client.ask("reading collection " + name, SLOW, milvus -> milvus.query(request.build()));
    }

    /** Returns the collection to which the alias refers now. */
    public Optional<String> aliased(String alias) {
        DescribeAliasResponse answer = client.ask(
                "asking for alias " + alias,
                QUICK,
                milvus -> milvus.describeAlias(
                        DescribeAliasRequest.newBuilder().setAlias(alias).build()));
        if (answer.getStatus().getCode() == MilvusErrors.ALIAS_NOT_FOUND) {
            return Optional.empty();
        }
        if (!MilvusErrors.isOk(answer.getStatus())) {
            throw MilvusErrors.translate("asking for alias " + alias, answer.getStatus());
        }
        return Optional.of(answer.getCollection());
    }

    /** Every reader of the alias reads this collection from now on; the server does it in one step. */
    public void takeAlias(String alias) {
        Optional<String> before = aliased(alias);
        if (before.isEmpty()) {
            client.command(
                    "creating alias " + alias,
                    QUICK,
                    milvus -> milvus.createAlias(CreateAliasRequest.newBuilder()
                            .setAlias(alias)
                            .setCollectionName(name)
                            .build()));
        } else if (!before.get().equals(name)) {
            client.command(
                    "moving alias " + alias,
                    QUICK,
                    milvus -> milvus.alterAlias(AlterAliasRequest.newBuilder()
                            .setAlias(alias)
                            .setCollectionName(name)
                            .build()));
        }
    }

    public static String version(MilvusClient client) {
        GetVersionResponse answer = client.ask(
                "asking for the version", QUICK, milvus -> milvus.getVersion(GetVersionRequest.getDefaultInstance()));
        if (!MilvusErrors.isOk(answer.getStatus())) {
            throw MilvusErrors.translate("asking for the version", answer.getStatus());
        }
        return answer.getVersion();
    }

    /** A server before 2.5 takes the word "nullable" and forgets it. */
    public static boolean hasNullableFields(String version) {
        return isSince(NULLABLE_SINCE, version);
    }

    /** An earlier server has room for one vector in a collection. */
    public static boolean hasSeveralVectors(String version) {
        return isSince(SEVERAL_VECTORS_SINCE, version);
    }

    private static boolean isSince(int least, String version) {
        Matcher numbers = VERSION.matcher(version);
        return numbers.find() && Integer.parseInt(numbers.group(1)) * 100 + Integer.parseInt(numbers.group(2)) >= least;
    }
}
