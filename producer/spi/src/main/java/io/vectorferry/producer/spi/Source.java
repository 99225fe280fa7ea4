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
    /**
     * Returns the collections, named as in the source's catalog, such as {@code public.articles}: at least those that are configured.
     * May connect only if none is configured.
     */
    List<String> collections();

    /** Returns the collections whose snapshots must be complete before the source counts as read. */
    default List<String> snapshots() {
        return collections();
    }

    /** Returns whether new collections can appear while the source runs. */
    default boolean mayGrow() {
        return false;
    }

    /** Returns what identifies the database that is read: equal to that of a target in the same one; empty if unknown. */
    default Optional<String> store() {
        return Optional.empty();
    }

    /** Runs every check that applies against the live source. Writes nothing. */
    List<Finding> doctor();

    /** Returns what a run would create and read. Writes nothing. */
    SourcePlan plan();

    /** Returns a reader of the rows with the field types that the source suggests now; connects to nothing. */
    SourceReader reader();

    /** Returns a reader that gives the rows as the running pipeline publishes them: with the field types that it has settled on. For the view's thread. */
    default SourceReader reader(ControlView control) {
        return reader();
    }

    /** Returns the references to vector ids in the source's documents, if it has any. */
    default Optional<References> references() {
        return Optional.empty();
    }

    /**
     * Returns a writer of barriers for the control plane, which may run in another process than {@link #stage}. A
     * source without a log that can carry barriers uses {@code control}.
     */
    BarrierIssuer barriers(KafkaConnection kafka, Topics topics);

    /**
     * Returns the stage that snapshots, captures and publishes to {@code changes}; its name is {@code producer}. Called again for each
     * restart of the stage. {@link ProducerOptions#newGeneration} is true in the first call only: the source keeps it until the new
     * generation has begun.
     */
    Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options);
}
