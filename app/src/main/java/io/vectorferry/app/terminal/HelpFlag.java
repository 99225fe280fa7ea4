package io.vectorferry.app.terminal;

import picocli.CommandLine.Option;

/** {@code --help}, which every command has. */
public final class HelpFlag {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this help")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;
}
