package io.vectorferry.control.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineHistoryTest {
    /** The warnings of one class. */
    private static final class Warnings extends AbstractAppender implements AutoCloseable {
        private final Logger logger;
        private final List<String> all = new CopyOnWriteArrayList<>();

        Warnings(Class<?> of) {
            super("warnings", null, null, true, Property.EMPTY_ARRAY);
            logger = (Logger) LogManager.getLogger(of);
            start();
            logger.addAppender(this);
        }

        @Override
        public void append(LogEvent event) {
            if (event.getLevel().equals(Level.WARN)) {
                all.add(event.getMessage().getFormattedMessage());
            }
        }

        @Override
        public void close() {
            logger.removeAppender(this);
        }
    }

    @Test
    void aMoveThatIsNotLegalIsRecordedAndWarnedOf(@TempDir Path directory) {
        Topics topics = Topics.of("p", 2);
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                Warnings warnings = new Warnings(PipelineHistory.class)) {
            KafkaConnection kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
            try (Admin admin = kafka.admin()) {
                new TopicProvisioner(admin).ensure(topics.all());
            }
            try (ControlView view = new ControlView(kafka, topics.control());
                    ControlPublisher publisher = new ControlPublisher(kafka, topics.control())) {
                PipelineHistory history = new PipelineHistory(view, publisher);
                history.to(PipelineState.SNAPSHOT, "", 1);
                history.to(PipelineState.STREAMING, "", 2);
                assertThat(warnings.all).isEmpty();

                history.to(PipelineState.PLANNED, "", 3);
                assertThat(warnings.all)
                        .containsExactly("The pipeline cannot go from streaming to planned, but is there");
            }
            try (ControlView view = new ControlView(kafka, topics.control())) {
                view.refresh();
                assertThat(PipelineHistory.history(view))
                        .extracting(StateTransition::getTo)
                        .containsExactly("snapshot", "streaming", "planned");
            }
        }
    }
}
