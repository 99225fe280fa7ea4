package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.ReadMark;
import io.vectorferry.stores.postgres.session.Connections;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/**
 * The identity of the source's server and the end of its log, compared with the captured one: a restored or promoted
 * server may lack changes that the target has, and would use their places in the log again.
 *
 * @param system of the cluster, made by initdb; copies and standbys have the same
 * @param timeline grows when a standby is promoted or the server is restored from an archive
 * @param end how far its log is flushed
 */
public record ServerIdentity(String system, int timeline, long end) {
    private static final String REMEDY =
            "If this is the server to replicate from now on, start a new generation, which reads every row again and deletes from the target what no longer exists: ferry run -f … --new-generation";

    /** Reads the identity by the replication protocol, which needs no privilege beyond that of the slot. */
    public static ServerIdentity read(Connections connections) {
        try (Connection replication = connections.replication();
                Statement statement = replication.createStatement();
                ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            return new ServerIdentity(
                    row.getString("systemid"),
                    row.getInt("timeline"),
                    LogSequenceNumber.valueOf(row.getString("xlogpos")).asLong());
        } catch (SQLException e) {
            throw FerryException.retryable("the server could not be identified: " + Connections.firstLine(e), e);
        }
    }

    /** Fails unless the log of this server holds all that was captured. */
    public void require(CaptureProgress captured, Connections connections) {
        if (captured.getSystem().isEmpty()) {
            return; // recorded by a release that did not ask
        }
        if (!captured.getSystem().equals(system)) {
            throw refused("it is another one (system identifier %s) than the one that was captured (%s)"
                    .formatted(system, captured.getSystem()));
        }
        requirePlace(captured.getTimeline(), captured.getPlace(), "the last captured ", connections);
        for (ReadMark mark : captured.getReadMarksList()) {
            requirePlace(captured.getTimeline(), mark.getPlace(), "the last read ", connections);
        }
    }

    private void requirePlace(int before, long place, String which, Connections connections) {
        if (timeline != before) {
            requireTimeline(before, place, which, connections);
        } else if (Long.compareUnsigned(end, place) < 0) {
            throw refused("its log ends at %s, before %s%s: it was restored to an earlier state"
                    .formatted(shown(end), which, shown(place)));
        }
    }

    private void requireTimeline(int before, long place, String which, Connections connections) {
        Optional<Long> left = timeline > before ? switchPoint(before, connections) : Optional.empty();
        if (left.isEmpty()) {
            throw refused("its timeline %d does not continue timeline %d, which was captured: it was restored"
                    .formatted(timeline, before));
        }
        if (Long.compareUnsigned(left.get(), place) < 0) {
            throw refused(
                    "its timeline %d begins at %s, before %s%s: a standby was promoted that did not have all changes, or it was restored to an earlier state"
                            .formatted(timeline, shown(left.get()), which, shown(place)));
        }
    }

    /** Returns where the history of this timeline leaves the other one. */
    private Optional<Long> switchPoint(int other, Connections connections) {
        try (Connection replication = connections.replication();
                Statement statement = replication.createStatement();
                ResultSet row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            row.next();
            return switchPoint(new String(row.getBytes(2), StandardCharsets.UTF_8), other);
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "the history of timeline %d could not be read: %s".formatted(timeline, Connections.firstLine(e)),
                    e);
        }
    }

    /** @param history lines of {@code timeline<tab>switch point<tab>reason} */
    public static Optional<Long> switchPoint(String history, int timeline) {
        return history.lines()
                .map(line -> line.strip().split("\\s+", 3))
                .filter(parts -> parts.length >= 2 && parts[0].equals(Integer.toString(timeline)))
                .map(parts -> LogSequenceNumber.valueOf(parts[1]).asLong())
                .findFirst();
    }

    /** Returns the error that asks for a new generation. */
    public static FerryException refused(String why) {
        return FerryException.misconfigured(
                "the PostgreSQL server is missing changes that the target has: " + why, REMEDY);
    }

    private static String shown(long place) {
        return LogSequenceNumber.valueOf(place).asString();
    }
}
