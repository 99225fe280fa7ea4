package io.vectorferry.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.app.terminal.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PrepareCommandTest {
    @Test
    void withoutTheLauncherThatWouldUseTheCacheNothingIsRehearsed() {
        StringWriter told = new StringWriter();
        CommandLine command = new CommandLine(new PrepareCommand())
                .setErr(new PrintWriter(told))
                .setExecutionExceptionHandler(new ErrorText());

        int exitCode = command.execute();

        assertThat(exitCode).isEqualTo(ExitCode.ERROR);
        assertThat(told.toString()).containsAnyOf("./ferry prepare", "JAVA_HOME");
    }
}
