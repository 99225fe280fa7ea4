package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Vector;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client of Chroma's API v2. Safe for any thread.
 *
 * <p>Reads are repeated while the server is at fault. A write is sent once, so that the caller knows when one that nobody waits for any
 * more may still arrive.
 */
public final class ChromaClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    /** Collections that one request lists. */
    private static final int COLLECTIONS_PAGE = 1_000;

    /** Maximum number of reads of a list that takes several requests, until two of them agree. */
    private static final int LISTINGS_MAX = 5;

    /**
     * Attempts of a request to which Chroma responds with an error of its own, as it does if a row or collection is
     * deleted while it is read.
     */
    private static final int ATTEMPTS = 5;

    private static final int BAD_REQUEST = 400;
    private static final int TOO_LARGE = 413;
    private static final int UNPROCESSABLE = 422;

    private static final long FIRST_PAUSE_MILLIS = 100;

    private static final String ALL_IDS = "{\"include\":[]}";

    private final ChromaAddress address;
    private final HttpClient http;
    private final PendingAnswers awaited = new PendingAnswers();

    /** Whether the server has responded before: from then on, a missing API means a gateway without its server. */
    private volatile boolean hasAnswered;

    private volatile boolean isAborted;

    public ChromaClient(ChromaAddress address) {
        this(address, false);
    }

    /** @param hasAnswered whether this pipeline has read from the server before */
    public ChromaClient(ChromaAddress address, boolean hasAnswered) {
        this.hasAnswered = hasAnswered;
        this.address = address;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    public String url() {
        return address.url();
    }

    /** Returns the version of the API, which is not that of the package. */
    public String version() {
        return ChromaJson.text(existing(get("/api/v2/version"), "/api/v2/version"));
    }

    /**
     * Returns the existing collections. One that exists during the whole call is included; one that is dropped
     * meanwhile may be.
     * <p>Chroma lists by offset, so a collection that is dropped between two requests shifts another one out of the
     * list: one of several requests is read until two agree, and else holds what any of them had.
     */
    public List<ChromaCollection> collections() {
        List<ChromaCollection> first = listed();
        if (first.size() < COLLECTIONS_PAGE) {
            return first;
        }
        Map<String, ChromaCollection> any = new LinkedHashMap<>();
        Set<String> last = Set.of();
        List<ChromaCollection> now = first;
        for (int listing = 0; listing < LISTINGS_MAX; listing++) {
            now.forEach(collection -> any.put(collection.name(), collection));
            Set<String> ids = now.stream().map(ChromaCollection::id).collect(Collectors.toSet());
            if (ids.equals(last)) {
                return now;
            }
            last = ids;
            now = listed();
        }
        return List.copyOf(any.values());
    }

    private List<ChromaCollection> listed() {
        List<ChromaCollection> all = new ArrayList<>();
        List<ChromaCollection> page;
        do {
            String path = "%s?limit=%d&offset=%d".formatted(collectionsPath(), COLLECTIONS_PAGE, all.size());
            page = ChromaJson.collections(existing(get(path), path));
            hasAnswered = true;
            all.addAll(page);
        } while (page.size() == COLLECTIONS_PAGE);
        return all;
    }

    /** Returns the collection with that name; empty if there is none. */
    public Optional<ChromaCollection> collection(String name) {
        HttpResponse<byte[]> response = answer(get(collectionsPath() + "/" + encoded(name)));
        return response.statusCode() == 404
                ? Optional.empty()
                : Optional.of(ChromaJson.collection(checked(response).body()));
    }

    public long count(ChromaCollection collection) throws CollectionGoneException {
        return ChromaJson.number(body(collection, get(path(collection) + "/count")));
    }

    /** Every id of this moment, in one answer. */
    public List<String> ids(ChromaCollection collection) throws CollectionGoneException {
        return ChromaJson.ids(body(collection, post(path(collection) + "/get", ALL_IDS)));
    }

    /** Returns the records with these ids that exist now. */
    public List<ChromaRecord> rows(ChromaCollection collection, List<String> ids, MetadataTypes types)
            throws CollectionGoneException {
        byte[] answer = body(collection, post(path(collection) + "/get", ChromaJson.request(ids)));
        try {
            return new RecordsAnswer(collection, types).read(answer);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Returns whether the tenant has the database; a list of collections is empty in both cases. */
    public boolean hasDatabase() {
        return answer(get("/api/v2/tenants/%s/databases/%s"
                                .formatted(encoded(address.tenant()), encoded(address.database()))))
                        .statusCode()
                == 200;
    }

    /** Returns what the server takes in one write. */
    public ChromaLimits limits() {
        String path = "/api/v2/pre-flight-checks";
        return ChromaJson.limits(existing(get(path), path));
    }

    /** Creates a collection. One of that name that exists is returned as it is. */
    public ChromaCollection create(NewCollection wanted) {
        HttpResponse<byte[]> response =
                send(post(collectionsPath(), HttpRequest.BodyPublishers.ofByteArray(wanted.request())));
        if (response.statusCode() == BAD_REQUEST || response.statusCode() == UNPROCESSABLE) {
            throw FerryException.misconfigured(
                    answered(response),
                    "Correct what the reason names in %s, or create the tenant and the database."
                            .formatted(address.section()));
        }
        return ChromaJson.collection(checked(response).body());
    }

    /** Replaces the metadata of the collection itself. */
    public void describe(ChromaCollection collection, Map<String, String> metadata) throws CollectionGoneException {
        var unused = body(
                collection,
                request(path(collection))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(
                                ChromaJson.description(collection.metadata(), metadata)))
                        .build());
    }

    /** @param records the columns of the records, as Chroma's {@code upsert} takes them */
    public void upsert(ChromaCollection collection, byte[] records) throws CollectionGoneException {
        write(collection, post(path(collection) + "/upsert", HttpRequest.BodyPublishers.ofByteArray(records)));
    }

    /** Deletes the records with these ids; those that do not exist are ignored. */
    public void delete(ChromaCollection collection, List<String> ids) throws CollectionGoneException {
        write(collection, post(path(collection) + "/delete", ChromaJson.idsOnly(ids)));
    }

    private void write(ChromaCollection collection, HttpRequest request) throws CollectionGoneException {
        HttpResponse<byte[]> response = send(request);
        switch (response.statusCode()) {
            case 404 -> throw new CollectionGoneException(collection.name());
            case BAD_REQUEST, UNPROCESSABLE ->
                // The reason may quote the record.
                throw FerryException.rejected(
                        ErrorType.SCHEMA, "Chroma rejects a record: status " + response.statusCode());
            case TOO_LARGE ->
                throw FerryException.rejected(
                        ErrorType.SCHEMA, "the record is larger than the requests that Chroma takes (status 413)");
            default -> {
                var unused = checked(response);
            }
        }
    }

    /** Returns the ids of those of the records that have a document or a URI. */
    public List<String> withText(ChromaCollection collection, List<String> ids) throws CollectionGoneException {
        return ChromaJson.withText(body(collection, post(path(collection) + "/get", ChromaJson.textsOf(ids))));
    }

    /**
     * Returns the nearest records, as an application finds them.
     *
     * @param where a filter as Chroma writes it; empty for none
     */
    public List<Neighbour> nearest(ChromaCollection collection, Vector query, int k, String where)
            throws CollectionGoneException {
        return ChromaJson.neighbours(
                body(collection, post(path(collection) + "/query", ChromaJson.query(query, k, where))));
    }

    /** Whether a record meets the condition. */
    public boolean hasAny(ChromaCollection collection, String where) throws CollectionGoneException {
        return !ChromaJson.ids(body(collection, post(path(collection) + "/get", ChromaJson.first(where))))
                .isEmpty();
    }

    static FerryException unreadable(IOException e) {
        // A parser's message quotes what it stumbled over.
        String why = e instanceof JsonProcessingException json
                ? json.getClass().getSimpleName() + place(json.getLocation())
                : String.valueOf(e.getMessage());
        return FerryException.retryable("Chroma's answer cannot be read: " + why, new IOException(why));
    }

    private static String place(@Nullable JsonLocation at) {
        return at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
    }

    /** Returns what has been waited for longer than usual; empty if nothing. */
    public String waitsFor() {
        return awaited.text();
    }

    /** Every request that runs fails. */
    public void abort() {
        isAborted = true;
        http.shutdownNow();
    }

    @Override
    public void close() {
        abort();
        http.close();
    }

    private String collectionsPath() {
        return "/api/v2/tenants/%s/databases/%s/collections"
                .formatted(encoded(address.tenant()), encoded(address.database()));
    }

    private String path(ChromaCollection collection) {
        return collectionsPath() + "/" + collection.id();
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest get(String path) {
        return request(path).GET().build();
    }

    private HttpRequest post(String path, String body) {
        return post(path, HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpRequest post(String path, HttpRequest.BodyPublisher body) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(body)
                .build();
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address.url() + path)).timeout(address.requestTimeout());
        address.token().ifPresent(token -> {
            switch (address.tokenHeader()) {
                case AUTHORIZATION -> request.header("Authorization", "Bearer " + token);
                case X_CHROMA_TOKEN -> request.header("x-chroma-token", token);
            }
        });
        return request;
    }

    private byte[] body(ChromaCollection collection, HttpRequest request) throws CollectionGoneException {
        HttpResponse<byte[]> response = answer(request);
        if (response.statusCode() == 404) {
            throw new CollectionGoneException(collection.name());
        }
        if (response.statusCode() == BAD_REQUEST) {
            throw mayPass(response); // the request is one that the server has taken before
        }
        return checked(response).body();
    }

    private byte[] existing(HttpRequest request, String path) {
        HttpResponse<byte[]> response = answer(request);
        if (response.statusCode() == 404) {
            if (hasAnswered) {
                throw mayPass(response);
            }
            throw FerryException.misconfigured(
                    "%s has no %s".formatted(address.url(), path),
                    "%s needs Chroma's API v2, that is Chroma 0.5.13 or newer; docs/sources/chroma.md describes how to read older databases."
                            .formatted(address.section()));
        }
        return checked(response).body();
    }

    private HttpResponse<byte[]> checked(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        if (status == 200) {
            return response;
        }
        if (isOfTheMoment(status)) {
            throw mayPass(response);
        }
        String said = ChromaJson.error(response.body());
        if (status == 401 || status == 403) {
            throw FerryException.misconfigured(
                    "Chroma at %s refused the request: %s".formatted(address.url(), said),
                    "Check %s.token, tokenHeader, tenant and database.".formatted(address.section()));
        }
        throw FerryException.misconfigured(
                answered(response), "Check %s against the server's version and limits.".formatted(address.section()));
    }

    private FerryException mayPass(HttpResponse<byte[]> response) {
        return FerryException.retryable(answered(response), new IOException("HTTP " + response.statusCode()));
    }

    private String answered(HttpResponse<byte[]> response) {
        return "Chroma at %s answered %d: %s"
                .formatted(address.url(), response.statusCode(), ChromaJson.error(response.body()));
    }

    /** Also 412, "Missing metadata segment": a collection that is dropped between two statements that look it up. */
    private static boolean isOfTheMoment(int status) {
        return status == 408 || status == 409 || status == 412 || status == 429 || status >= 500;
    }

    /** Asked again with growing pauses while the server is at fault or hangs up without a whole answer: it only reads. */
    private HttpResponse<byte[]> answer(HttpRequest request) {
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<byte[]> response = send(request);
                if (attempt == ATTEMPTS || !isOfTheMoment(response.statusCode())) {
                    return response;
                }
            } catch (FerryException e) {
                if (attempt == ATTEMPTS || isAborted || !hungUp(e)) {
                    throw e;
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(FIRST_PAUSE_MILLIS << attempt));
        }
    }

    private static boolean hungUp(FerryException e) {
        return e.getCause() instanceof ExecutionException sent
                && sent.getCause() instanceof IOException failed
                && !(failed instanceof ConnectException || failed instanceof HttpTimeoutException);
    }

    /** The time limit holds for the whole answer; the request's own ends with the headers. */
    private HttpResponse<byte[]> send(HttpRequest request) {
        Object question = new Object();
        awaited.asked(
                question,
                "%s %s of Chroma at %s"
                        .formatted(request.method(), request.uri().getPath(), address.url()));
        try {
            return sent(request);
        } finally {
            awaited.ended(question);
        }
    }

    private HttpResponse<byte[]> sent(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> sent = http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            return sent.get(address.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw FerryException.retryable("Chroma at %s does not respond: %s".formatted(address.url(), reason(e)), e);
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw FerryException.retryable(
                    "Chroma at %s did not respond within %d s"
                            .formatted(address.url(), address.requestTimeout().toSeconds()),
                    e);
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while waiting for Chroma", e);
        }
    }

    private static String reason(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? "" : cause.getClass().getSimpleName();
    }
}
