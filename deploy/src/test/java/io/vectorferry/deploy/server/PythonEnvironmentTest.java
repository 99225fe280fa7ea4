package io.vectorferry.deploy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PythonEnvironmentTest {

    @Test
    void readsWithLanceDbsOwnClient() {
        assertThat(PythonEnvironment.lancedb().run("import lancedb, sys; print(lancedb.__version__, sys.argv[1])", "x"))
                .isEqualToIgnoringNewLines("0.40.0 x");
    }

    @Test
    void failsWithWhatTheProgramSaid() {
        assertThatThrownBy(() -> PythonEnvironment.lancedb().run("raise ValueError('no such table')"))
                .hasMessageContaining("no such table");
    }
}
