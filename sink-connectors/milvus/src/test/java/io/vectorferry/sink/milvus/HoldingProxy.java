package io.vectorferry.sink.milvus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server as a network does that delivers late: what a client sends on a held connection
 * arrives when it is released, although the client has long gone on by another one.
 */
final class HoldingProxy implements AutoCloseable {
    /** The HTTP/2 frame by which a client says that it waits no more: a network may lose what comes last. */
    private static final int RST_STREAM_BYTES = 13;

    private static final int RST_STREAM = 3;

    private final ServerSocket listening;
    private final String host;
    private final int port;
    private final List<Link> links = new ArrayList<>();
    private final AtomicLong answered = new AtomicLong();

    private static final class Link {
        private final Socket client;
        private final Socket server;
        private @Nullable ByteArrayOutputStream held;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }
    }

    HoldingProxy(String host, int port) {
        this.host = host;
        this.port = port;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String uri() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Link link = new Link(listening.accept(), new Socket(host, port));
                synchronized (links) {
                    links.add(link);
                }
                Thread.ofVirtual().start(() -> toServer(link));
                Thread.ofVirtual().start(() -> toClient(link));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void toServer(Link link) {
        byte[] buffer = new byte[1 << 16];
        try {
            InputStream in = link.client.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                synchronized (links) {
                    if (link.held == null) {
                        link.server.getOutputStream().write(buffer, 0, read);
                    } else if (read != RST_STREAM_BYTES || buffer[3] != RST_STREAM) {
                        link.held.write(buffer, 0, read);
                    }
                }
            }
        } catch (IOException e) {
            // either has closed
        }
    }

    private void toClient(Link link) {
        byte[] buffer = new byte[1 << 16];
        try {
            InputStream in = link.server.getInputStream();
            OutputStream out = link.client.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                boolean isHeld;
                synchronized (links) {
                    isHeld = link.held != null;
                }
                if (isHeld) {
                    answered.addAndGet(read);
                } else {
                    out.write(buffer, 0, read);
                    out.flush();
                }
            }
        } catch (IOException e) {
            // either has closed
        }
    }

    /** From now on nothing that clients send on the connections that there are arrives. */
    void hold() {
        synchronized (links) {
            links.forEach(link -> link.held = new ByteArrayOutputStream());
        }
    }

    /** How much is held. */
    int held() {
        synchronized (links) {
            return links.stream()
                    .mapToInt(link -> link.held == null ? 0 : link.held.size())
                    .sum();
        }
    }

    /** The clients lose the held connections, and the server does not. */
    void cut() {
        synchronized (links) {
            for (Link link : links) {
                if (link.held != null) {
                    try {
                        link.client.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }
    }

    /** What was held arrives. */
    void release() {
        synchronized (links) {
            for (Link link : links) {
                if (link.held != null) {
                    try {
                        link.held.writeTo(link.server.getOutputStream());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Link link : links) {
                link.client.close();
                link.server.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
