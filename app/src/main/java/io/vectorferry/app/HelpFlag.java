package io.vectorferry.app;

import picocli.CommandLine.Option;

/** {@code --help}, which every command has. */
final class HelpFlag {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this help")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;
}
