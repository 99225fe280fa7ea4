package io.vectorferry.producer.postgres.doctor;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.OlderTransactions;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Every check of a PostgreSQL source before anything is written, each with the SQL that fixes it. */
public final class PostgresDoctor {
    private final PostgresConfig config;
    private final Connections connections;

    public PostgresDoctor(PostgresConfig config, Connections connections) {
        this.config = config;
        this.connections = connections;
    }

    public List<Finding> findings() {
        try (Connection connection = connections.readOnly()) {
            List<Finding> findings = new ArrayList<>();
            findings.add(
                    Finding.ok("connect", "PostgreSQL at " + config.address().text() + " answers"));
            findings.addAll(new ServerChecks(config, connections).findings(connection));
            findings.addAll(OlderTransactions.findings(connection));
            for (PostgresConfig.Table table : config.tables()) {
                findings.addAll(new TableChecks(config, table).findings(connection));
            }
            // Last: who runs the SQL from top to bottom must not publish a table before it is fit for that.
            findings.addAll(new ServerChecks(config, connections).ofPublication(connection));
            return findings;
        } catch (FerryException e) {
            return List.of(Finding.error("connect", String.valueOf(e.getMessage()), remedy(e)));
        } catch (SQLException e) {
            return List.of(Finding.error("connect", Connections.firstLine(e), ""));
        }
    }

    private static String remedy(FerryException e) {
        return e.remedy().isEmpty() ? "Check host, port and firewall, and that the server is running." : e.remedy();
    }
}
