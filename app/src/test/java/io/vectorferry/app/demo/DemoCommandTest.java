package io.vectorferry.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The demo as a whole, on real parts. */
class DemoCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"lancedb", "milvus"})
    void aSmallDemoRunsToItsEndAndBothSidesGiveTheSameFirstAnswers(String target) {
        StringWriter printed = new StringWriter();
        CommandLine demo = new CommandLine(new DemoCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(printed));

        int code = demo.execute("--rows", "300", "--target", target);

        assertThat(code).as(printed.toString()).isZero();
        List<String> firstAnswers = printed.toString()
                .lines()
                .filter(line -> line.startsWith("    1  "))
                .toList();
        assertThat(firstAnswers).hasSize(3).allMatch(line -> line.contains(" = "));
        assertThat(firstAnswers.getFirst()).containsPattern("Saturn is the planet .* = Saturn is the planet ");
        assertThat(printed.toString())
                .containsPattern("demo  target \\w+: pass")
                .contains("dead letters 0")
                .contains("stopped and cleaned up");
    }

    @Test
    void tooFewRowsAreWrongUsage() {
        CommandLine demo = new CommandLine(new DemoCommand()).setErr(new PrintWriter(new StringWriter()));

        assertThat(demo.execute("--rows", "1")).isEqualTo(CommandLine.ExitCode.USAGE);
    }
}
