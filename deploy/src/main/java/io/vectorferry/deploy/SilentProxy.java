package io.vectorferry.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network between a client and a server on loopback that loses connections without a word: what was connected before
 * {@link #loseConnections} stays open, and nothing passes any more. Safe for any thread.
 */
public final class SilentProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final int serverPort;
    private final ServerSocket listening;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private volatile boolean losesNewOnes;

    private SilentProxy(int serverPort, ServerSocket listening) {
        this.serverPort = serverPort;
        this.listening = listening;
    }

    public static SilentProxy to(int serverPort) {
        try {
            SilentProxy proxy = new SilentProxy(serverPort, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            Thread.ofVirtual().name("silent-proxy").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** New connections pass, as behind a firewall that has forgotten the old ones. */
    public void loseConnections() {
        links.forEach(link -> link.lost = true);
    }

    /** New connections are accepted and lost too, as with a host that is frozen. */
    public void loseEverything() {
        losesNewOnes = true;
        loseConnections();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), serverPort));
                link.lost = losesNewOnes;
                links.add(link);
                Thread.ofVirtual().start(() -> link.pass(link.client, link.server));
                Thread.ofVirtual().start(() -> link.pass(link.server, link.client));
            } catch (IOException e) {
                // closed, or the server is not there: the client sees that its connection ends
            }
        }
    }

    private static final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean lost;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pass(Socket from, Socket to) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (!lost) {
                        out.write(buffer, 0, read);
                    }
                }
            } catch (IOException e) {
                // as below
            }
            if (!lost) {
                close();
            }
        }

        void close() {
            try (client;
                    server) {
                lost = true;
            } catch (IOException e) {
                // gone either way
            }
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        links.forEach(Link::close);
    }
}
