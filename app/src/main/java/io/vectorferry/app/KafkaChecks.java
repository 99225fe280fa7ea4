package io.vectorferry.app;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig.KafkaConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/** Whether the pipeline's outside Kafka answers; the embedded one starts with the pipeline. */
final class KafkaChecks {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String CHECK = "kafka";

    private KafkaChecks() {}

    static List<Finding> of(KafkaConfig config) {
        if (config.bootstrapServers().isEmpty()) {
            return List.of(Finding.ok(CHECK, "an embedded broker is started with the pipeline"));
        }
        String servers = config.bootstrapServers().get();
        Map<String, Object> settings =
                new HashMap<>(new KafkaConnection(servers, config.clientSettings()).clientSettings());
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            int brokers = admin.describeCluster().nodes().get().size();
            return List.of(Finding.ok(CHECK, "Kafka at %s answers, %d brokers".formatted(servers, brokers)));
        } catch (ExecutionException | KafkaException e) {
            return List.of(unreachable(servers, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(unreachable(servers, e));
        }
    }

    private static Finding unreachable(String servers, Exception e) {
        String why = e.getCause() == null
                ? String.valueOf(e.getMessage())
                : e.getCause().getMessage();
        return Finding.error(
                CHECK,
                "Kafka at %s does not answer within %d s: %s".formatted(servers, TIMEOUT_MILLIS / 1_000, why),
                "Check kafka.bootstrap.servers, the security settings beside it, and that the brokers run.");
    }
}
