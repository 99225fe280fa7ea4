package io.vectorferry.stores.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Only where nothing lies is there no table: a store that does not answer, or misses something else, is an error, and nothing is made anew. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbsentTableTest {
    private static final String EMPTY_LIST = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>""";

    private static final String NO_BUCKET = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>NoSuchBucket</Code><Message>The specified bucket was not found</Message></Error>""";

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    Path directory;

    @AfterEach
    void stop() {
        allocator.close();
    }

    private LanceTable onStore(int port) {
        Map<String, String> storage = new HashMap<>(Map.of(
                "aws_endpoint", "http://127.0.0.1:" + port,
                "allow_http", "true",
                "aws_access_key_id", "id",
                "aws_secret_access_key", "key",
                "aws_region", "us-east-1",
                "client_max_retries", "1",
                "client_retry_timeout", "2",
                "timeout", "2s"));
        return new LanceTable("s3://b/t.lance", storage, allocator);
    }

    private static HttpServer answering(int code, String body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(code, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        return server;
    }

    @Test
    void whereNothingLiesThereIsNoTable() throws IOException {
        try (LanceTable table = new LanceTable(directory.resolve("t.lance").toString(), Map.of(), allocator)) {
            assertThat(table.find()).isEmpty();
        }
        HttpServer empty = answering(200, EMPTY_LIST);
        try (LanceTable table = onStore(empty.getAddress().getPort())) {
            assertThat(table.find()).isEmpty();
        } finally {
            empty.stop(0);
        }
    }

    @Test
    void aBucketThatWasNotFoundOrAStoreInTroubleIsAnErrorThatIsTriedAgain() throws IOException {
        for (Map.Entry<Integer, String> answer : Map.of(404, NO_BUCKET, 403, "Forbidden: key not found", 503, "busy")
                .entrySet()) {
            HttpServer store = answering(answer.getKey(), answer.getValue());
            try (LanceTable table = onStore(store.getAddress().getPort())) {
                assertThatThrownBy(table::find)
                        .as("HTTP " + answer.getKey())
                        .isInstanceOfSatisfying(FerryException.class, e -> {
                            assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
                        })
                        .hasMessageContaining("opening of s3://b/t.lance failed");
            } finally {
                store.stop(0);
            }
        }
    }

    @Test
    void aStoreThatStaysConnectedAndSaysNothingIsAnErrorAfterItsTimes() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                LanceTable table = onStore(silent.getLocalPort())) {
            assertThatThrownBy(table::find)
                    .isInstanceOf(FerryException.class)
                    .hasMessageContaining("opening of s3://b/t.lance failed");
        }
    }
}
