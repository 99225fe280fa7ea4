package io.vectorferry.producer.spi;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import java.util.List;
import java.util.Optional;

/** One configured source. Safe for any thread. */
public interface Source {
    /** As the source's catalog names them, such as {@code public.articles}. */
    List<String> collections();

    /** Those whose snapshots make a run of it complete. */
    default List<String> snapshots() {
        return collections();
    }

    /** Whether collections may join while it runs. */
    default boolean mayGrow() {
        return false;
    }

    /** Every check that applies, run against what really exists; writes nothing. */
    List<Finding> doctor();

    /** What a run would create and read; writes nothing. */
    SourcePlan plan();

    /** Returns a reader of the rows with the field types that the source suggests now; connects to nothing. */
    SourceReader reader();

    /** Returns a reader that gives the rows as the running pipeline publishes them: with the field types that it has settled on. For the view's thread. */
    default SourceReader reader(ControlView control) {
        return reader();
    }

    /** References to the vectors' ids that the source's documents hold. */
    default Optional<References> references() {
        return Optional.empty();
    }

    /** Barriers for the control plane, which may run in another process than {@link #stage}: what a source's own log cannot carry goes by {@code control}. */
    BarrierIssuer barriers(KafkaConnection kafka, Topics topics);

    /** The stage that snapshots, captures and publishes to {@code changes}. */
    Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options);
}
