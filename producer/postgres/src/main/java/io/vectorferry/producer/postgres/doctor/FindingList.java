package io.vectorferry.producer.postgres.doctor;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The findings of the doctor so far. A check that fails is a finding too, and prevents no other check. */
public final class FindingList {
    private static final String CANNOT_READ = "42501";

    private final List<Finding> all = new ArrayList<>();

    @FunctionalInterface
    public interface Check {
        void run() throws SQLException;
    }

    /** @param name of the check, if it fails */
    public void check(String name, Check check) {
        try {
            check.run();
        } catch (FerryException e) {
            add(Finding.error(name, String.valueOf(e.getMessage()), e.remedy()));
        } catch (SQLException e) {
            add(Finding.error(
                    name,
                    "could not be checked: " + Connections.firstLine(e),
                    CANNOT_READ.equals(e.getSQLState())
                            ? "Grant the privilege that the message names, and run `ferry doctor` again."
                            : "Run `ferry doctor` again; if the message stays, it names what to fix at the server."));
        }
    }

    public void add(Finding finding) {
        all.add(finding);
    }

    public List<Finding> all() {
        return List.copyOf(all);
    }
}
