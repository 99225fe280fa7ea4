package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.OlderTransactions;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.producer.postgres.slot.ReplicationSlot;
import io.vectorferry.producer.postgres.slot.ServerIdentity;
import io.vectorferry.producer.postgres.slot.SlotContinuity;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.snapshot.TableGenerations;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the slot, or takes the one that stands when it continues what is recorded; and begins the generations that this needs. */
public final class SlotProvision {
    private static final Logger LOG = LoggerFactory.getLogger(SlotProvision.class);
    private static final long LOOK_MILLIS = 500;

    /** SQLSTATE duplicate_object. */
    private static final String DUPLICATE = "42710";

    private final PostgresConfig config;
    private final Connections connections;
    private final ReplicationSlot slot;
    private final CaptureState captureState;
    private final TableGenerations generations;
    private final Map<String, TableVersion> versions;
    private final BooleanSupplier stopped;

    SlotProvision(
            PostgresConfig config,
            Connections connections,
            CaptureState captureState,
            TableGenerations generations,
            Map<String, TableVersion> versions,
            BooleanSupplier stopped) {
        this.config = config;
        this.connections = connections;
        this.slot = new ReplicationSlot(connections, config.slot());
        this.captureState = captureState;
        this.generations = generations;
        this.versions = versions;
        this.stopped = stopped;
    }

    /** Returns when the place from which capture begins is recorded. */
    public void provision(Connection connection, Optional<CaptureProgress> recorded, boolean newGeneration)
            throws SQLException, InterruptedException {
        Optional<ReplicationSlot.State> state = finished(connection);
        ServerIdentity server = ServerIdentity.read(connections);
        if (!newGeneration && recorded.isPresent()) {
            server.require(recorded.get(), connections);
            if (state.isPresent()) {
                slot.requireCaptured(connection, state.get(), recorded.get(), config.publication());
            }
        }
        captureState.serves(server);
        boolean renewed = generations.knewAny()
                && !recorded.map(CaptureState::isComparable).orElse(false);
        if (newGeneration && (recorded.isPresent() || generations.knewAny())) {
            versions.forEach((collection, version) -> generations.advance(collection, version, 0));
            captureState.begin(0); // or a kill from here on would leave the place of a slot that is gone
            if (state.isPresent()) {
                slot.drop(connection);
            }
            captureState.begin(create());
        } else if (SlotContinuity.mustCreate(config.address().section(), config.slot(), state, recorded)) {
            if (renewed) {
                versions.forEach((collection, version) -> generations.advance(collection, version, 0));
            }
            captureState.begin(create());
        } else {
            renew(connection, renewed);
            if (renewed || recorded.isEmpty()) {
                captureState.begin(recorded.map(CaptureProgress::getPlace)
                        .orElseGet(() -> state.orElseThrow().confirmed()));
            }
        }
    }

    /**
     * What is captured up to the marks may be of a table as it was altered since, which would win over the rows that are
     * read: it stays in the generation before. So it is with every table of which nothing is recorded beside a slot that
     * stands: a first start was killed, the slot was made by hand, or the table was added.
     */
    private void renew(Connection connection, boolean all) throws SQLException {
        for (Map.Entry<String, TableVersion> table : versions.entrySet()) {
            String collection = table.getKey();
            boolean known = generations.recordedGeneration(collection) > 0;
            if (known && !all) {
                continue;
            }
            TableVersion version = table.getValue().replacing(generations.of(collection));
            long place = Publication.mark(connection, config, collection, version);
            generations.advanceAtMark(
                    collection, version, place, ServerIdentity.read(connections).end());
            if (known) {
                LOG.warn(
                        "{} was captured by version 0.1, whose positions order the changes of one row wrongly when a transaction waits for another: it is read again, in generation {}",
                        collection,
                        generations.of(collection));
            } else {
                LOG.info(
                        "{} is read in generation {}: the slot may have changes from before it was altered",
                        collection,
                        generations.of(collection));
            }
        }
    }

    /**
     * A start that was killed while the server made its slot leaves a session that continues: the slot that it creates
     * is as good as one of our own, as soon as it is finished.
     */
    private Optional<ReplicationSlot.State> finished(Connection connection) throws SQLException, InterruptedException {
        OlderTransactions older = OlderTransactions.ofServer(connection);
        Optional<ReplicationSlot.State> state = slot.state(connection);
        while (state.isPresent() && !state.get().isFinished()) {
            if (stopped.getAsBoolean()) {
                throw new InterruptedException();
            }
            if (state.get().active()) {
                older = report(connection, older);
                Thread.sleep(LOOK_MILLIS);
            } else {
                slot.drop(connection);
            }
            state = slot.state(connection);
        }
        return state;
    }

    /** The server says nothing while it makes a slot, and waits without a limit. */
    private long create() throws InterruptedException {
        boolean wasOwn = captureState.ownsSlot();
        captureState.makesSlot(true);
        CountDownLatch done = new CountDownLatch(1);
        Thread watching = Thread.ofPlatform().name("producer-slot-wait").start(() -> watch(done));
        try {
            return slot.create();
        } catch (FerryException e) {
            if (e.getCause() instanceof SQLException refused && DUPLICATE.equals(refused.getSQLState()) && !wasOwn) {
                captureState.makesSlot(false); // another pipeline was faster
            }
            if (stopped.getAsBoolean()) {
                throw new InterruptedException();
            }
            throw e;
        } finally {
            done.countDown();
            watching.join();
        }
    }

    private void watch(CountDownLatch done) {
        try (Connection connection = connections.readOnly()) {
            OlderTransactions older = OlderTransactions.ofServer(connection);
            while (!done.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (stopped.getAsBoolean()) {
                    slot.cancel(); // and again: a request that comes before the command does nothing
                } else {
                    older = report(connection, older);
                }
            }
        } catch (SQLException | FerryException e) {
            LOG.debug("it is unknown what the slot waits for", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns those to look at next: the server waits in several steps, the later ones for later transactions too. */
    private OlderTransactions report(Connection connection, OlderTransactions older) throws SQLException {
        List<OlderTransactions.Open> open = older.stillOpen(connection);
        if (open.isEmpty()) {
            return OlderTransactions.ofServer(connection);
        }
        captureState.waiting(OlderTransactions.text(open));
        return older;
    }
}
