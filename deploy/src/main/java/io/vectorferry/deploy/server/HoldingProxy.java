package io.vectorferry.deploy.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A network between clients and a server on loopback that holds connections: they stay open, neither side gets what the other sends, and
 * what clients have sent arrives late or never. Safe for any thread.
 */
public final class HoldingProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** The HTTP/2 frame by which a client gives up a request: a network may lose what comes last. */
    private static final int RST_STREAM_BYTES = 13;

    private static final int RST_STREAM = 3;

    private final int serverPort;
    private final ServerSocket listening;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private volatile boolean holdsNewOnes;

    private HoldingProxy(int serverPort, ServerSocket listening) {
        this.serverPort = serverPort;
        this.listening = listening;
    }

    public static HoldingProxy to(int serverPort) {
        try {
            HoldingProxy proxy =
                    new HoldingProxy(serverPort, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            Thread.ofVirtual().name("holding-proxy").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Holds what is connected. New connections pass, as behind a firewall that has forgotten the old ones. */
    public void holdConnections() {
        links.forEach(Link::hold);
    }

    /** Accepts and holds new connections too, as with a host that is frozen. */
    public void holdEverything() {
        holdsNewOnes = true;
        holdConnections();
    }

    /** Returns how much clients have sent that is held. */
    public int heldBytes() {
        return links.stream().mapToInt(Link::heldBytes).sum();
    }

    /** Closes the held connections of the clients, and not those of the server. */
    public void cut() {
        links.stream().filter(Link::isHeld).forEach(link -> Link.close(link.client));
    }

    /** Delivers to the server what is held. */
    public void release() {
        links.forEach(Link::release);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), serverPort));
                links.add(link);
                if (holdsNewOnes) {
                    link.hold();
                }
                Thread.ofVirtual().start(() -> link.pass(link.client, link::toServer));
                Thread.ofVirtual().start(() -> link.pass(link.server, link::toClient));
            } catch (IOException e) {
                // closed, or the server is not there: the client sees that its connection ends
            }
        }
    }

    private static final class Link {
        private interface Taker {
            void take(byte[] buffer, int bytes) throws IOException;
        }

        private final Socket client;
        private final Socket server;
        private volatile @Nullable ByteArrayOutputStream held;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        synchronized void hold() {
            held = new ByteArrayOutputStream();
        }

        boolean isHeld() {
            return held != null;
        }

        int heldBytes() {
            ByteArrayOutputStream kept = held;
            return kept == null ? 0 : kept.size();
        }

        synchronized void release() {
            ByteArrayOutputStream kept = held;
            if (kept != null) {
                try {
                    kept.writeTo(server.getOutputStream());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        synchronized void toServer(byte[] buffer, int bytes) throws IOException {
            ByteArrayOutputStream kept = held;
            if (kept == null) {
                server.getOutputStream().write(buffer, 0, bytes);
            } else if (bytes != RST_STREAM_BYTES || buffer[3] != RST_STREAM) {
                kept.write(buffer, 0, bytes);
            }
        }

        /** Sends without the lock: a client that does not read must not block its own requests. */
        void toClient(byte[] buffer, int bytes) throws IOException {
            if (!isHeld()) {
                client.getOutputStream().write(buffer, 0, bytes);
            }
        }

        void pass(Socket from, Taker to) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    to.take(buffer, read);
                }
            } catch (IOException e) {
                // as below
            }
            if (!isHeld()) {
                close(client);
                close(server);
            }
        }

        static void close(Socket socket) {
            try {
                socket.close();
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
        links.forEach(link -> {
            Link.close(link.client);
            Link.close(link.server);
        });
    }
}
