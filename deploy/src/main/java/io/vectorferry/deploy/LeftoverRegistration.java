package io.vectorferry.deploy;

import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.utils.Time;

/**
 * A broker that has ended stays registered as the leader of its partitions. The next one would first act on that, then be fenced
 * when the old session ends, and Kafka 4.3.1 loses a commit in that moment: the transaction coordinator holds a partition
 * without a leader for deleted and completes the transaction without its marker there, so that readers of the committed
 * wait for ever. The controller therefore withdraws the registration before any broker runs.
 */
final class LeftoverRegistration {
    private static final String METADATA_FOLDER = "__cluster_metadata-0";
    private static final long TIMEOUT_SECONDS = 60;

    private LeftoverRegistration() {}

    static void withdraw(BrokerSettings settings) throws Exception {
        if (!Files.exists(settings.log().resolve(METADATA_FOLDER))) {
            return;
        }
        KafkaRaftServer controller = new KafkaRaftServer(settings.ofController(), Time.SYSTEM);
        controller.startup();
        try (Admin admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_CONTROLLERS_CONFIG,
                "127.0.0.1:" + settings.controllerPort(),
                CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG,
                20))) {
            admin.unregisterBroker(BrokerSettings.NODE).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof BrokerIdNotRegisteredException)) {
                throw e;
            }
        } finally {
            controller.shutdown();
            controller.awaitShutdown();
        }
    }
}
