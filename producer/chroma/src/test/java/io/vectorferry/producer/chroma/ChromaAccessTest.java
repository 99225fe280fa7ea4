package io.vectorferry.producer.chroma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.contracttests.SourceReaderContract;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.stores.chroma.ChromaAddress;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.CollectionGoneException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real Chroma with collections of one name in two databases of two tenants. */
@SuppressWarnings("NullAway.Init") // set before all tests
public class ChromaAccessTest implements SourceReaderContract {
    private static ChromaServer server;

    @BeforeAll
    public static void start() {
        server = ChromaServer.forTest();
        new ChromaWriter(server).run("""
                from chromadb.config import Settings
                create("arts").add(ids=["everybody's"], embeddings=[[1, 2]])
                admin = chromadb.AdminClient(Settings(chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host="localhost", chroma_server_http_port=int(sys.argv[1])))
                admin.create_tenant("tenant_one")
                admin.create_database("base.two", "tenant_one")
                client = chromadb.HttpClient(port=int(sys.argv[1]), tenant="tenant_one", database="base.two")
                create("arts").add(ids=[f"t{i}" for i in range(40)], embeddings=[[i, i * i, 1] for i in range(40)])
                """);
    }

    @AfterAll
    public static void stop() {
        server.close();
    }

    @Override
    public Source source() {
        return source(server.url(), "tenant: \"tenant_one\", database: \"base.two\", blockRows: 7");
    }

    @Override
    public Value absent() {
        return new Value.Text("t40");
    }

    @Test
    void onlyTheDatabaseOfTheTenantIsRead() {
        assertThat(ids(source(server.url(), "tenant: \"tenant_one\", database: \"base.two\"")))
                .hasSize(40)
                .contains("t0", "t39");
        assertThat(ids(source(server.url(), "collections: [arts]"))).containsExactly("everybody's");
    }

    @Test
    void whatWasSeenIsNotReadAgain() {
        Source source = source(server.url(), "tenant: \"tenant_one\", database: \"base.two\", blockRows: 7");
        List<String> rest = new ArrayList<>();

        source.reader()
                .unseen("arts")
                .orElseThrow()
                .read(key -> !id(key).endsWith("9"), row -> rest.add(id(row.key())));

        assertThat(rest).containsExactlyInAnyOrder("t9", "t19", "t29", "t39");
    }

    @ParameterizedTest
    @CsvSource({"Authorization, Bearer s3cret, authorization", "x-chroma-token, s3cret, x-chroma-token"})
    void theTokenGoesWithEveryRequestInItsHeader(String header, String value, String setting) throws IOException {
        try (TokenProxy proxy = new TokenProxy(server, header, value)) {
            assertThat(ids(source(proxy.url(), "token: s3cret, tokenHeader: " + setting)))
                    .containsExactly("everybody's");
        }
    }

    @Test
    void aRefusalNamesTheKeysAndNeverTheToken() throws IOException {
        try (TokenProxy proxy = new TokenProxy(server, "x-chroma-token", "s3cret")) {
            Source source = source(proxy.url(), "token: another1, tokenHeader: x-chroma-token");
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> ids(source))
                    .withMessageContaining("Permission denied")
                    .satisfies(e -> assertThat(e.toString() + e.remedy())
                            .contains("source.chroma.token")
                            .doesNotContain("another1"));
        }
    }

    @Test
    void aServerThatStaysConnectedAndSaysNothingIsGivenUpAfterItsTime() {
        try (HoldingProxy proxy = HoldingProxy.to(server.port())) {
            Source source = source("http://127.0.0.1:" + proxy.port(), "requestTimeout: 3s");
            assertThat(ids(source)).containsExactly("everybody's");
            proxy.holdEverything();
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> ids(source))
                    .withMessageMatching("Chroma at http://127.0.0.1:\\d+ did not respond within 3 s");
        }
    }

    /** Chroma looks up a collection and its segments one after the other, and answers 412 when it is dropped in between. */
    @Test
    void aCollectionThatIsDroppedWhileItIsReadIsGone() {
        new ChromaWriter(server).run("for i in range(40): create(f'col{i}').add(ids=['a'], embeddings=[[1, 2]])");
        List<CompletableFuture<Integer>> readers = new ArrayList<>();
        try (ChromaClient client = new ChromaClient(config(server.url()).address())) {
            List<ChromaCollection> dropped = client.collections().stream()
                    .filter(collection -> collection.name().startsWith("col"))
                    .sorted(Comparator.comparingInt(
                            collection -> Integer.parseInt(collection.name().substring(3))))
                    .toList();
            for (int i = 0; i < 3; i++) {
                readers.add(
                        CompletableFuture.supplyAsync(() -> goneWhileRead(client, dropped), task -> Thread.ofPlatform()
                                .start(task)));
            }
            new ChromaWriter(server).run("""
                    import time
                    for i in range(40):
                        client.delete_collection(f"col{i}")
                        time.sleep(0.03)
                    """);
            assertThat(readers.stream().map(CompletableFuture::join)).containsOnly(40);
        }
    }

    private static int goneWhileRead(ChromaClient client, List<ChromaCollection> dropped) {
        int gone = 0;
        for (ChromaCollection collection : dropped) {
            try {
                while (!client.ids(collection).contains("none")) {}
            } catch (CollectionGoneException e) {
                gone++;
            }
        }
        return gone;
    }

    private static ChromaConfig config(String url) {
        return new ChromaConfig(
                new ChromaAddress(
                        "source.chroma",
                        url,
                        "default_tenant",
                        "default_database",
                        Optional.empty(),
                        ChromaAddress.TokenHeader.AUTHORIZATION,
                        Duration.ofSeconds(30)),
                List.of(),
                new ChromaConfig.Reading(Duration.ofSeconds(1), 100, 1),
                50,
                Optional.empty(),
                Path.of("unused"));
    }

    private static List<String> ids(Source source) {
        List<String> ids = new ArrayList<>();
        source.reader().scan("arts", row -> ids.add(id(row.key())));
        return ids;
    }

    private static String id(SourceKey key) {
        return ((Value.Text) key.parts().getFirst()).value();
    }

    private static Source source(String url, String more) {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {chroma: {url: "%s", %s}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                data.dir: ./unused
                """.formatted(url, more), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source =
                new ChromaSourceFactory().configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }
}
