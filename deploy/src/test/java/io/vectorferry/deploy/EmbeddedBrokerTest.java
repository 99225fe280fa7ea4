package io.vectorferry.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    @TempDir
    Path directory;

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

    private static Admin admin(EmbeddedBroker broker) {
        return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }
}
