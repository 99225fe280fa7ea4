package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlErrorsTest {
    private static final String MESSAGE = "ERROR: invalid input syntax for type integer: \"c0ntent\"";

    @Test
    void aValueIsInNoMessageAndInNoStackTrace() {
        SQLException found = new SQLException(MESSAGE, "22P02");
        FerryException error = FerryException.retryable(
                "reading failed: " + SqlErrors.firstLine(found), new IllegalArgumentException(MESSAGE, found));
        StringWriter printed = new StringWriter();
        error.printStackTrace(new PrintWriter(printed));
        assertThat(printed.toString())
                .doesNotContain("c0ntent")
                .contains("reading failed: ERROR: invalid input syntax for type integer")
                .contains("IllegalArgumentException: ERROR: invalid input syntax for type integer")
                .contains("SqlErrorsTest.aValueIsInNoMessageAndInNoStackTrace");
    }

    @Test
    void theNameOfATableOrAColumnStays() {
        SQLException found = new SQLException("ERROR: relation \"docs\" does not exist", "42P01");
        assertThat(SqlErrors.firstLine(found)).isEqualTo("ERROR: relation \"docs\" does not exist");
        assertThat(FerryException.retryable("it failed", found)).hasCause(found);
    }

    /** What is wrong with a statement or a right stays wrong; a server that stops, is short of something or ends a statement does not. */
    @Test
    void onlyWhatIsWrongWithTheStatementOrASettingDoesNotPass() {
        for (String passes : List.of("08006", "40P01", "53300", "55P03", "57014", "57P01", "58030", "XX000", "42710")) {
            assertThat(SqlErrors.mayPass(new SQLException("x", passes)))
                    .as(passes)
                    .isTrue();
        }
        assertThat(SqlErrors.mayPass(new SQLException("the connection is closed")))
                .isTrue();
        for (String stays : List.of("0A000", "22023", "28000", "42501", "42601", "53400", "55000")) {
            assertThat(SqlErrors.mayPass(new SQLException("x", stays)))
                    .as(stays)
                    .isFalse();
        }
    }
}
