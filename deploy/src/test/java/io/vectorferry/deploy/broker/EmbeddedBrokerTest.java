package io.vectorferry.deploy.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class EmbeddedBrokerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How long one who is refused goes on trying. */
    private static final Duration A_WHILE = Duration.ofSeconds(3);

    @TempDir
    public Path directory;

    @Test
    void keepsItsTopicsAndItsAddressOverARestart() throws Exception {
        String address;
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                Admin admin = admin(broker)) {
            address = broker.bootstrapServers();
            admin.createTopics(List.of(new NewTopic("kept", Optional.of(1), Optional.empty())))
                    .all()
                    .get();
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                Admin admin = admin(broker)) {
            assertThat(broker.bootstrapServers()).isEqualTo(address);
            assertThat(admin.listTopics().names().get()).contains("kept");
        }
    }

    @Test
    void refusesASecondBrokerOnItsDirectoryAndNamesTheRemedy() {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThat(EmbeddedBroker.isRunning(directory)).isTrue();
            assertThatThrownBy(() -> EmbeddedBroker.start(directory))
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("data.dir");
            assertThat(EmbeddedBroker.lastAddress(directory)).isEqualTo(broker.bootstrapServers());
        }
    }

    @Test
    void letsNobodyInWhoCannotReadItsDirectory() throws Exception {
        for (int start = 0; start < 2; start++) {
            try (EmbeddedBroker broker = EmbeddedBroker.startForOwner(directory)) {
                // First who is let in: after that a refusal is none of a broker that is not ready.
                assertThat(topicsSeenBy(broker, EmbeddedBroker.clientSettings(directory), PATIENCE))
                        .isPresent();
                assertThat(topicsSeenBy(broker, Map.of(), A_WHILE)).isEmpty();
                assertThat(topicsSeenBy(broker, strangerWho(EmbeddedBroker.clientSettings(directory)), A_WHILE))
                        .isEmpty();
            }
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("client.properties")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    private static Map<String, String> strangerWho(Map<String, String> guesses) {
        Map<String, String> wrong = new HashMap<>(guesses);
        wrong.computeIfPresent(
                "sasl.jaas.config", (name, jaas) -> jaas.replaceFirst("password=\"[^\"]*\"", "password=\"guess\""));
        return wrong;
    }

    private static Optional<Set<String>> topicsSeenBy(
            EmbeddedBroker broker, Map<String, String> client, Duration atMost) throws InterruptedException {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("bootstrap.servers", broker.bootstrapServers());
        settings.put("default.api.timeout.ms", Math.toIntExact(atMost.toMillis()));
        settings.put("request.timeout.ms", Math.toIntExact(atMost.toMillis()));
        try (Admin admin = Admin.create(settings)) {
            return Optional.of(admin.listTopics().names().get());
        } catch (ExecutionException refused) {
            return Optional.empty();
        }
    }

    private static Admin admin(EmbeddedBroker broker) {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }
}
