package io.vectorferry.app.terminal;

import java.io.IOException;

/** Whether a person is looking: Java 21 has no such question ({@code Console.isTerminal} came with 22), so the system is asked. */
public final class Terminal {
    private Terminal() {}

    public static boolean isStandardOutput() throws InterruptedException {
        try {
            return new ProcessBuilder("test", "-t", "1")
                            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
