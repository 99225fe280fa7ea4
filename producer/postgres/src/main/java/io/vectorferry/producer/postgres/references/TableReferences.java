package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.config.DocumentTable;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.references.MappingTable.Mapping;
import io.vectorferry.producer.postgres.slot.ReplicationSlot;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.ReferencesReport;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The references in one column of a table. A page of documents, with what is noted of it, is one transaction: their rows
 * are locked, so that what is read is what is replaced, and a kill undoes the page or leaves it done.
 */
public final class TableReferences implements References {
    /** Rows that are locked at once. */
    private static final int PAGE = 500;

    /** Less than PostgreSQL's own second, so that it is never the application that a deadlock costs its transaction. */
    private static final String LOCK_TIMEOUT = "500ms";

    private static final int MAX_ATTEMPTS = 20;
    /** lock_not_available, deadlock_detected, serialization_failure. */
    private static final Set<String> TRY_AGAIN = Set.of("55P03", "40P01", "40001");
    /** Errors for ids out of the column's range, or not of its type. */
    private static final Set<String> DOES_NOT_FIT = Set.of("22003", "22P02", "42846");

    private static final String FOREIGN_KEY = "23503";

    private final PostgresConfig config;
    private final DocumentTable documents;
    private final MappingTable mappings;

    public TableReferences(PostgresConfig config, DocumentTable documents) {
        this.config = config;
        this.documents = documents;
        this.mappings = new MappingTable(documents);
    }

    private interface Page {
        ReferencesReport work() throws SQLException;
    }

    private interface Work {
        ReferencesReport on(Connection connection, ReferencingRows rows) throws SQLException;
    }

    @Override
    public ReferencesReport preview(NewIds ids) {
        return with((connection, rows) -> {
            boolean noted = mappings.exists(connection);
            return pages(connection, rows, page -> {
                Map<List<String>, List<Mapping>> known = noted ? mappings.of(connection, keys(page)) : Map.of();
                return report(rewrites(page, known, ids));
            });
        });
    }

    @Override
    public ReferencesReport apply(NewIds ids) {
        return with((connection, rows) -> {
            refuseRunning(connection);
            mappings.provision(connection);
            return pages(
                    connection,
                    rows,
                    page -> inTransaction(connection, () -> {
                        List<ReferencingRows.Row> locked = rows.locked(connection, keys(page));
                        List<ReferencingRows.Rewrite> rewrites =
                                rewrites(locked, mappings.of(connection, keys(locked)), ids);
                        mappings.note(
                                connection,
                                rewrites.stream()
                                        .flatMap(one -> one.mappings().stream())
                                        .toList());
                        rows.set(
                                connection,
                                rewrites.stream()
                                        .filter(one -> !one.mappings().isEmpty())
                                        .map(ReferencingRows.Rewrite::now)
                                        .toList());
                        return report(rewrites);
                    }));
        });
    }

    @Override
    public ReferencesReport revert() {
        return with((connection, rows) -> {
            ReferencesReport report = ReferencesReport.NONE;
            if (!mappings.exists(connection)) {
                return report;
            }
            Optional<List<String>> last = Optional.empty();
            for (List<List<String>> page = mappings.documents(connection, last, PAGE);
                    !page.isEmpty();
                    page = mappings.documents(connection, last, PAGE)) {
                List<List<String>> keys = page;
                report = report.plus(inTransaction(connection, () -> revert(connection, rows, keys)));
                last = Optional.of(page.getLast());
            }
            return report;
        });
    }

    private ReferencesReport revert(Connection connection, ReferencingRows rows, List<List<String>> keys)
            throws SQLException {
        Map<List<String>, List<Mapping>> noted = mappings.of(connection, keys);
        List<ReferencingRows.Row> back = new ArrayList<>();
        ReferencesReport report = ReferencesReport.NONE;
        List<Mapping> settled = noted.values().stream().flatMap(List::stream).toList();
        for (ReferencingRows.Row row : rows.locked(connection, keys)) {
            List<Mapping> ofRow = noted.remove(row.key());
            if (ofRow != null) {
                ReferencingRows.Revert revert = ReferencingRows.Revert.of(row, ofRow);
                report = report.plus(revert.report());
                if (revert.report().changed() > 0) {
                    back.add(revert.now());
                }
            }
        }
        for (List<Mapping> gone : noted.values()) {
            report = report.plus(ReferencingRows.Revert.gone(gone));
        }
        rows.set(connection, back);
        mappings.forget(connection, settled);
        return report;
    }

    private void refuseRunning(Connection connection) throws SQLException {
        if (new ReplicationSlot(config.connections(), config.slot())
                .state(connection)
                .filter(ReplicationSlot.State::active)
                .isPresent()) {
            throw FerryException.misconfigured(
                    "the pipeline is running, and joins by the old ids: it would delete the rows whose references are rewritten",
                    "Stop it first, and leave it stopped; `ferry references rewrite --revert` lets it start again.");
        }
    }

    private interface EachPage {
        ReferencesReport of(List<ReferencingRows.Row> page) throws SQLException;
    }

    private static ReferencesReport pages(Connection connection, ReferencingRows rows, EachPage each)
            throws SQLException {
        ReferencesReport report = ReferencesReport.NONE;
        Optional<List<String>> last = Optional.empty();
        for (List<ReferencingRows.Row> page = rows.page(connection, last, PAGE);
                !page.isEmpty();
                page = rows.page(connection, last, PAGE)) {
            report = report.plus(each.of(page));
            last = Optional.of(page.getLast().key());
        }
        return report;
    }

    private static List<ReferencingRows.Rewrite> rewrites(
            List<ReferencingRows.Row> page, Map<List<String>, List<Mapping>> noted, NewIds ids) {
        return page.stream()
                .map(row -> ReferencingRows.Rewrite.of(row, noted.getOrDefault(row.key(), List.of()), ids))
                .toList();
    }

    private static ReferencesReport report(List<ReferencingRows.Rewrite> rewrites) {
        return rewrites.stream()
                .map(ReferencingRows.Rewrite::report)
                .reduce(ReferencesReport.NONE, ReferencesReport::plus);
    }

    private static List<List<String>> keys(List<ReferencingRows.Row> page) {
        return page.stream().map(ReferencingRows.Row::key).toList();
    }

    /** An application that holds a row is waited for. */
    private static ReferencesReport inTransaction(Connection connection, Page page) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            connection.setAutoCommit(false);
            try {
                ReferencesReport report = page.work();
                connection.commit();
                return report;
            } catch (SQLException e) {
                connection.rollback();
                if (attempt == MAX_ATTEMPTS || !TRY_AGAIN.contains(String.valueOf(e.getSQLState()))) {
                    throw e;
                }
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    private ReferencesReport with(Work work) {
        try (Connection connection = config.connections().writable();
                Statement settings = connection.createStatement()) {
            settings.execute("SET lock_timeout = '%s'".formatted(LOCK_TIMEOUT));
            List<TableShape> shapes = new TableShapes(config).readAll(connection);
            ReferenceChecks.refuseMisfit(shapes, documents.join());
            return work.on(connection, new ReferencingRows(documents, shapes.getLast()));
        } catch (SQLException e) {
            throw told(e);
        }
    }

    private FerryException told(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        String column = documents.join().collection() + "." + documents.join().references();
        if (DOES_NOT_FIT.contains(state)) {
            return FerryException.misconfigured(
                    "%s cannot hold the new ids: %s".formatted(column, Connections.firstLine(e)),
                    "Change the column's type: bigint for allocated ids, text or uuid for ids: uuid5; run --revert first if pages were already rewritten.",
                    e);
        }
        if (state.equals(FOREIGN_KEY)) {
            return FerryException.misconfigured(
                    "%s has a foreign key that the new ids violate: %s".formatted(column, Connections.firstLine(e)),
                    "ALTER TABLE … DROP CONSTRAINT …; and run it again.",
                    e);
        }
        return FerryException.retryable(
                "PostgreSQL rejected a statement on %s: %s; what was done is recorded in %s, so run the command again"
                        .formatted(column, Connections.firstLine(e), mappings.collection()),
                e);
    }
}
