package io.vectorferry.deploy.broker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A broker in a JVM of its own, which a test may kill. */
public final class BrokerProcess {
    private BrokerProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        EmbeddedBroker.start(Path.of(arguments[0]));
        Thread.currentThread().join();
    }

    /** Prints to the file. */
    public static Process start(Path directory, Path output) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BrokerProcess.class.getName(),
                        directory.toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }
}
