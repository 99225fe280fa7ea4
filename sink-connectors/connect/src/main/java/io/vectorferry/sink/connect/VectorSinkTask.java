package io.vectorferry.sink.connect;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.connect.settings.SinkConfig;
import io.vectorferry.sink.connect.settings.TargetKind;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** The task of every Vectorferry sink: Connect's calls on a {@link TaskSession}, and its errors as Connect knows them. */
public abstract class VectorSinkTask extends SinkTask {
    private final TargetKind kind;
    private Optional<TaskSession> session = Optional.empty();
    private Optional<ConnectException> failure = Optional.empty();
    private long retryBackoffMillis;
    private int maxRetries;
    private int failures;

    protected VectorSinkTask(TargetKind kind) {
        this.kind = kind;
    }

    @Override
    public String version() {
        return kind.version();
    }

    @Override
    public void start(Map<String, String> properties) {
        SinkConfig config = SinkConfig.of(properties);
        retryBackoffMillis = config.retryBackoff().toMillis();
        maxRetries = config.maxRetries();
        try {
            session = Optional.of(new TaskSession(
                    config, kind.settings().configure(properties), new ErrantRows(context.errantRecordReporter())));
        } catch (FerryException e) {
            throw fatal(e);
        }
    }

    private TaskSession session() {
        return session.orElseThrow(() -> new IllegalStateException("the task was not started"));
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        try {
            context.offset(session().open(partitions));
        } catch (FerryException e) {
            throw fatal(e);
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        session().release(partitions);
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        if (failure.isPresent()) {
            throw failure.get();
        }
        try {
            records.forEach(session()::take);
            if (session().isWaiting()) {
                long dueIn = session().dueInMillis();
                if (dueIn == 0) {
                    session().flush();
                } else {
                    context.timeout(dueIn);
                }
            }
            session().maintain(records.isEmpty());
            failures = 0;
        } catch (FerryException e) {
            throw translated(e);
        }
    }

    /** Must not throw: Connect would go back to the offsets of its last commit, behind what the tables hold. */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> delivered) {
        try {
            session().flush();
        } catch (FerryException e) {
            if (e.kind() != FerryException.Kind.RETRYABLE) {
                failure = Optional.of(fatal(e));
            }
            context.timeout(retryBackoffMillis);
        } catch (ConnectException e) {
            failure = Optional.of(e); // a record that the connector does not tolerate
            context.timeout(retryBackoffMillis);
        }
        return failure.isPresent() ? Map.of() : session().committable(delivered);
    }

    private ConnectException translated(FerryException e) {
        if (e.kind() != FerryException.Kind.RETRYABLE) {
            return fatal(e);
        }
        if (++failures > maxRetries) {
            return new ConnectException(
                    "gave up after %d attempts (max.retries): %s".formatted(failures, e.getMessage()), e);
        }
        context.timeout(retryBackoffMillis);
        return new RetriableException(String.valueOf(e.getMessage()), e);
    }

    private static ConnectException fatal(FerryException e) {
        return new ConnectException((e.getMessage() + " " + e.remedy()).strip(), e);
    }

    @Override
    public void stop() {
        session.ifPresent(TaskSession::close);
        session = Optional.empty();
    }
}
