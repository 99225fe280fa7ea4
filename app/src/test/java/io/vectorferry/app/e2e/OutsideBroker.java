package io.vectorferry.app.e2e;

import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.file.Path;

/** A broker in a process of its own, which can be suspended. */
final class OutsideBroker {
    private OutsideBroker() {}

    /** @param arguments the broker's directory */
    public static void main(String[] arguments) throws InterruptedException {
        EmbeddedBroker.start(Path.of(arguments[0]));
        Thread.currentThread().join();
    }
}
