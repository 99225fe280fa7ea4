package io.vectorferry.deploy.broker;

import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
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
    private static final long RETRY_MILLIS = 20;

    private LeftoverRegistration() {}

    static void withdraw(BrokerSettings settings) throws Exception {
        if (!Files.exists(settings.log().resolve(METADATA_FOLDER))) {
            return;
        }
        KafkaRaftServer controller = new KafkaRaftServer(settings.ofController(), Time.SYSTEM);
        controller.startup();
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
            while (!withdrawn(settings, deadline)) {
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            }
        } finally {
            controller.shutdown();
            controller.awaitShutdown();
        }
    }

    /**
     * False while the controller has not read its own log: until then it reports a version without such calls, and a
     * client that has received this does not ask again.
     */
    private static boolean withdrawn(BrokerSettings settings, long deadline)
            throws InterruptedException, TimeoutException {
        Map<String, Object> client = new HashMap<>();
        client.put(AdminClientConfig.BOOTSTRAP_CONTROLLERS_CONFIG, "127.0.0.1:" + settings.controllerPort());
        client.put(CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, RETRY_MILLIS);
        settings.login().ifPresent(login -> client.putAll(login.clientSettings()));
        try (Admin admin = Admin.create(client)) {
            admin.unregisterBroker(BrokerSettings.NODE)
                    .all()
                    .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException e) {
            return switch (e.getCause()) {
                case BrokerIdNotRegisteredException ignored -> true;
                case UnsupportedVersionException early when System.nanoTime() < deadline -> false;
                case null, default ->
                    throw new IllegalStateException("the controller did not unregister it: " + e.getCause(), e);
            };
        }
    }
}
