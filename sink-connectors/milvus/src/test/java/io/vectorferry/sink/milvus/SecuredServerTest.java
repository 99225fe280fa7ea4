package io.vectorferry.sink.milvus;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.row;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A real server that asks for a password and, by TLS, for a certificate of its clients too. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SecuredServerTest {
    private static final String ROOT = "user: root, password: Milvus";
    private static final String SECRET = "not-the-password";

    private MilvusServer server;
    private TestCertificates certificates;
    private TestCertificates strangers;

    @BeforeAll
    void start(@TempDir Path ours, @TempDir Path theirs) throws Exception {
        certificates = TestCertificates.in(ours);
        strangers = TestCertificates.in(theirs);
        server = MilvusServer.forTest(Map.of(
                "common.security.authorizationEnabled",
                "true",
                "common.security.tlsMode",
                "2",
                "tls.serverPemPath",
                certificates.certificate("server").toString(),
                "tls.serverKeyPath",
                certificates.key("server").toString(),
                "tls.caPemPath",
                certificates.certificate("ca").toString()));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void rowsArriveByTlsWithUserAndPasswordOrWithAToken() {
        write(target("by_password", ROOT, certificates));
        write(target("by_token", "token: 'root:Milvus'", certificates));

        assertThat(PythonEnvironment.pymilvus()
                        .run("""
                        import sys
                        from pymilvus import MilvusClient
                        uri, directory = sys.argv[1:]
                        client = MilvusClient(uri, token="root:Milvus", secure=True, server_name="milvus.test", ca_pem_path=directory + "/ca.pem",
                                              client_pem_path=directory + "/client.pem", client_key_path=directory + "/client.key")
                        for name in ("by_password", "by_token"):
                            print(client.query(name, filter="id == 7", consistency_level="Strong", output_fields=["body"])[0]["body"])
                        """, encryptedUri(), certificates.directory().toString()))
                .isEqualToIgnoringWhitespace("seven seven");
    }

    @Test
    void aWrongPasswordIsRefusedWithTheRemedyAndWithoutThePassword() {
        assertRefused(target("t", "user: root, password: " + SECRET, certificates));
        assertRefused(target("t", "token: 'root:%s'".formatted(SECRET), certificates));
    }

    @Test
    void aServerThatAsksForAPasswordRefusesWhoHasNone() {
        assertRefused(target("t", "shards: 1", certificates));
    }

    @Test
    void aUserWithoutRightsIsToldWhatToDo() {
        PythonEnvironment.pymilvus()
                .run("""
                        import sys
                        from pymilvus import MilvusClient
                        uri, directory = sys.argv[1:]
                        client = MilvusClient(uri, token="root:Milvus", secure=True, server_name="milvus.test", ca_pem_path=directory + "/ca.pem",
                                              client_pem_path=directory + "/client.pem", client_key_path=directory + "/client.key")
                        client.create_user("guest", "guest-password")
                        """, encryptedUri(), certificates.directory().toString());

        assertRefused(target("t", "user: guest, password: guest-password", certificates));
    }

    @Test
    void aServerWhoseAuthorityIsNotOursIsNotTrusted() {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> write(target("t", ROOT, strangers)))
                .withMessageContaining("certificate");
    }

    @Test
    void aPlainConnectionToATlsServerFailsAndIsNotWaitedForInSilence() {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> write(config("uri: '%s', %s, collection: t".formatted(server.uri(), ROOT))))
                .withMessageContaining("http://127.0.0.1");
    }

    private void assertRefused(Target target) {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> write(target))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                    assertThat(e.remedy()).contains("password");
                    assertThat(e).message().doesNotContain(SECRET);
                });
    }

    private static void write(Target target) {
        try (target;
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(7), row(7, "seven")));
            writer.apply(batch(1, upsert(7, "seven")));
            writer.flush();
        }
    }

    private Target target(String collection, String more, TestCertificates files) {
        return config(
                "uri: '%s', collection: %s, %s, tls: {ca: '%s', certificate: '%s', key: '%s', serverName: milvus.test}"
                        .formatted(
                                encryptedUri(),
                                collection,
                                more,
                                files.certificate("ca"),
                                files.certificate("client"),
                                files.key("client")));
    }

    private static Target config(String yaml) {
        PipelineFile file = PipelineFile.of("{%s}".formatted(yaml), List.of(), Map.of());
        MilvusConfig config = MilvusConfig.from(file.root());
        file.problems().throwIfAny();
        return new MilvusTarget("vectors", config);
    }

    private String encryptedUri() {
        return server.uri().replace("http:", "https:");
    }
}
