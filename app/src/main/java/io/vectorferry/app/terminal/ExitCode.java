package io.vectorferry.app.terminal;

/** The exit codes of {@code ferry}, which docs/commands.md lists. */
public final class ExitCode {
    public static final int DONE = 0;
    public static final int ERROR = 1;
    public static final int CHECK_FAILED = 2;
    public static final int WRONG_USAGE = 64;

    private ExitCode() {}
}
