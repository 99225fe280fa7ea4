package io.vectorferry.deploy.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A cached virtual environment with pinned packages: the independent reader of the tests. */
public final class PythonEnvironment {
    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(15);
    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(10);

    private final Path python;

    private PythonEnvironment(Path python) {
        this.python = python;
    }

    /** LanceDB's own Python client, which shares no code path with our writer. */
    public static PythonEnvironment lancedb() {
        return with("lancedb-0.40.0", List.of("lancedb==0.40.0", "pylance==14.0.2"));
    }

    /** Chroma's own thin client: an independent writer and reader. */
    public static PythonEnvironment chroma() {
        return with("chroma-client-1.5.9", List.of("chromadb-client==1.5.9", "numpy==2.3.5"));
    }

    /** Milvus' own Python client, which shares no code path with our writer. */
    public static PythonEnvironment pymilvus() {
        return with("pymilvus-2.6.3", List.of("pymilvus==2.6.3"));
    }

    /** Returns the spell checker of the pages and the code: a program in its own package. */
    public static PythonEnvironment typos() {
        return with("typos-1.52.0", List.of("typos==1.52.0"));
    }

    /** @param packages as pip takes them, pinned */
    public static PythonEnvironment with(String name, List<String> packages) {
        Path part = CacheDirectory.standard().part("python-" + name, directory -> install(directory, packages));
        return new PythonEnvironment(part.resolve("bin/python"));
    }

    /** Returns the interpreter, for a separate process. */
    public Path interpreter() {
        return python;
    }

    /** Returns a program of an installed package. */
    public Path program(String name) {
        return python.resolveSibling(name);
    }

    static void install(Path directory, List<String> packages) {
        ProgramRun.run(INSTALL_TIMEOUT, List.of("python3", "-m", "venv", directory.toString()));
        List<String> install =
                new ArrayList<>(List.of(directory.resolve("bin/python").toString(), "-m", "pip", "install", "-q"));
        install.addAll(packages);
        ProgramRun.run(INSTALL_TIMEOUT, install);
    }

    /** Runs a program text and returns what it printed. */
    public String run(String program, String... arguments) {
        try {
            Path file = Files.createTempFile("vectorferry", ".py");
            try {
                Files.writeString(file, program);
                List<String> command = new ArrayList<>(List.of(python.toString(), file.toString()));
                command.addAll(List.of(arguments));
                return ProgramRun.run(RUN_TIMEOUT, command);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
