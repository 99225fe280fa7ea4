package io.vectorferry.sink.postgres.index;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.TargetSession;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the configured indexes once the sink has caught up with a table that is not being filled: in a thread and over a
 * connection of its own, and so that the application and the writer continue meanwhile.
 */
public final class IndexMaintenance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IndexMaintenance.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final Duration RETRY_PAUSE = Duration.ofMinutes(5);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(60);

    /** A snapshot that is slower than the sink leaves it caught up all the time; an index slows down what is still to come. */
    private static final double MAX_GROWTH_BETWEEN_LOOKS = 0.01;

    private final QualifiedName table;
    private final PostgresTargetConfig config;
    private final Connections connections;
    private final Supplier<Optional<DistanceMetric>> searchedBy;
    private final ExecutorService thread;
    private @Nullable TargetSession session;
    private @Nullable Future<Outcome> build;
    private long nextLookNanos = System.nanoTime() + PAUSE.toNanos();
    private long writtenAtLastLook;
    private long written;
    private boolean done;

    /** @param searchedBy how the source itself searches the collection */
    public IndexMaintenance(
            QualifiedName table,
            PostgresTargetConfig config,
            Connections connections,
            Supplier<Optional<DistanceMetric>> searchedBy) {
        this.table = table;
        this.config = config;
        this.connections = connections;
        this.searchedBy = searchedBy;
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("postgres-index").daemon().factory());
    }

    /** How a build ended. */
    enum Outcome {
        BUILT,
        /** There was nothing to index yet. */
        NO_ROWS,
        FAILED
    }

    public void written(int rows) {
        written += rows;
    }

    /** The table has other columns than before. */
    public void changed() {
        done = false;
    }

    public void look(boolean caughtUp, Supplier<Optional<PreparedTable>> filled) {
        if (System.nanoTime() - nextLookNanos < 0) {
            return;
        }
        nextLookNanos = System.nanoTime() + PAUSE.toNanos();
        finish();
        boolean filling = written > writtenAtLastLook * (1 + MAX_GROWTH_BETWEEN_LOOKS);
        writtenAtLastLook = written;
        if (caughtUp && !filling) {
            buildIfDue(filled);
        }
    }

    /** Nothing more will come. */
    public void settle(Supplier<Optional<PreparedTable>> filled) {
        finish();
        buildIfDue(filled);
    }

    private void finish() {
        Future<Outcome> ended = build;
        if (ended != null && ended.isDone()) {
            build = null;
            done = ended.resultNow() == Outcome.BUILT;
            if (ended.resultNow() == Outcome.FAILED) {
                nextLookNanos = System.nanoTime() + RETRY_PAUSE.toNanos();
            }
        }
    }

    private void buildIfDue(Supplier<Optional<PreparedTable>> filled) {
        if (done || build != null) {
            return;
        }
        // The source is asked in the writer's thread.
        Optional<PreparedTable> prepared = filled.get();
        if (prepared.isEmpty()) {
            return;
        }
        List<IndexDefinition> wanted = IndexDefinition.wanted(prepared.get(), config, searchedBy);
        if (wanted.isEmpty()) {
            done = true;
            return;
        }
        TargetSession own = new TargetSession(connections);
        session = own;
        build = thread.submit(() -> built(own, wanted));
    }

    private Outcome built(TargetSession own, List<IndexDefinition> wanted) {
        try (own) {
            return new IndexBuild(own, table).run(wanted);
        } catch (SQLException | FerryException e) {
            // The table is whole without it, and a later look tries again.
            LOG.warn("Indexing {} failed and will be retried: {}", table.collection(), String.valueOf(e.getMessage()));
            return Outcome.FAILED;
        } catch (RuntimeException | Error e) {
            LOG.error("Indexing {} failed and will be retried", table.collection(), e);
            return Outcome.FAILED;
        }
    }

    /** Lets a build that is under way end, within a bound; the server continues it after that. */
    @Override
    public void close() {
        thread.shutdown();
        Future<Outcome> running = build;
        if (running == null) {
            return;
        }
        try {
            Outcome outcome = running.get(CLOSE_WAIT.toSeconds(), TimeUnit.SECONDS);
            LOG.debug("the indexes of {}: {}", table.collection(), outcome);
        } catch (TimeoutException e) {
            LOG.warn("The server continues to build the indexes of {}", table.collection());
            abort();
        } catch (ExecutionException e) {
            LOG.error("the indexes of {} failed", table.collection(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            abort();
        }
    }

    private void abort() {
        TargetSession own = session;
        if (own != null) {
            try {
                own.abort();
            } catch (SQLException e) {
                LOG.debug("a connection could not be closed", e);
            }
        }
    }
}
