package io.vectorferry.producer.postgres.capture;

import io.debezium.connector.base.QueueProviderService;
import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.service.spi.ServiceRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Debezium's connector, which gathers a batch only once there is something for it. Found by the engine by its class name. */
public final class AwaitingConnector extends PostgresConnector {
    @Override
    public Class<? extends Task> taskClass() {
        return AwaitingTask.class;
    }

    /** Waits in the engine's thread. */
    public static final class AwaitingTask extends PostgresConnectorTask {
        /** The engine asks between two polls whether it is to stop. */
        private static final Duration WAIT = Duration.ofMillis(200);

        /** Number of waits after which Debezium polls although nothing has come: only then does it find that its reader has failed. */
        private static final int WAITS_UNTIL_POLL = 5;

        private volatile @Nullable ServiceRegistry services;
        private @Nullable AwaitedQueue queue;
        private int waits;

        @Override
        protected void registerServiceProviders(ServiceRegistry registry) {
            super.registerServiceProviders(registry);
            services = registry;
        }

        @Override
        public List<SourceRecord> doPoll() throws InterruptedException {
            if (!queue().await(WAIT) && ++waits < WAITS_UNTIL_POLL) {
                return List.of();
            }
            waits = 0;
            return super.doPoll();
        }

        private AwaitedQueue queue() {
            AwaitedQueue known = queue;
            if (known == null) {
                QueueProviderService service = Objects.requireNonNull(services, "the task has begun")
                        .tryGetService(QueueProviderService.class);
                known = (AwaitedQueue) (Object) service.getQueueProvider();
                queue = known;
            }
            return known;
        }
    }
}
