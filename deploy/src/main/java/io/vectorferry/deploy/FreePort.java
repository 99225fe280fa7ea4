package io.vectorferry.deploy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/**
 * Loopback ports for servers that need a fixed one. They are below those that systems assign to outgoing connections
 * (32768 on Linux, 49152 elsewhere): otherwise a client that retries to reach a stopped server could be assigned the
 * same port, connect to itself, and prevent the server from starting again.
 */
public final class FreePort {
    private static final int FIRST = 10_240;
    private static final int END = 32_768;
    private static final int ATTEMPTS = 1_000;

    private FreePort() {}

    /** A port that nobody has at this moment; at random, so that two processes hardly choose the same. */
    public static int any() {
        return RandomGenerator.getDefault()
                .ints(ATTEMPTS, FIRST, END)
                .filter(FreePort::isFree)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("no free loopback port from %d to %d".formatted(FIRST, END)));
    }

    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
