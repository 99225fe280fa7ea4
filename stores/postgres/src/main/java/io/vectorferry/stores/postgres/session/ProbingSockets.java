package io.vectorferry.stores.postgres.session;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.function.IntConsumer;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The sockets of our sessions, found by the driver by the class's name. A read that gets nothing for a while does not fail,
 * since a query may wait for a lock or read a large table for hours; it asks the server over another connection whether it
 * works for this session, and fails when the server does not answer or does not know what it was asked
 * (docs/decisions/silent-networks.md).
 */
public final class ProbingSockets extends SocketFactory {
    /** Any process may serve the session, and nobody can be asked about it. */
    static final int ANY = -1;

    /** Pause between two checks. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The driver's limit for a read that is only to show whether something has come. */
    private static final int GLANCE_MILLIS = 1;

    /**
     * How long a replication stream waits for something instead. Its reader would glance at it, sleep, and glance again;
     * waiting takes less, and hears of a change at once. Other uses of the session wait as long.
     */
    private static final int STREAM_WAIT_MILLIS = 250;

    /** An answer may cross the question, and a server may be slow once. */
    private static final int MAX_BAD_ANSWERS = 2;

    /** A peer that is gone is noticed by the system after 15 + 3 * 5 s, and a firewall keeps the connection of a long query. */
    private static final Map<SocketOption<Integer>, Integer> KEEP_ALIVE = Map.of(
            ExtendedSocketOptions.TCP_KEEPIDLE, 15,
            ExtendedSocketOptions.TCP_KEEPINTERVAL, 5,
            ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

    /** Passes the socket from the driver, which creates it, to the code that opens the session in the same thread. */
    private static final ThreadLocal<@Nullable AnsweringSocket> NEWEST = new ThreadLocal<>();

    private final Properties session;

    /** @param session the driver's properties of the session */
    public ProbingSockets(Properties session) {
        this.session = session;
    }

    /** Makes the driver use these sockets, in the thread that opens the session: they bound that too. */
    public static void use(Properties properties) {
        properties.remove(PGProperty.LOGIN_TIMEOUT.getName());
        PGProperty.SOCKET_FACTORY.set(properties, ProbingSockets.class.getName());
    }

    /**
     * Sets which of the server's processes serves the session that this thread has just opened; until then, a missing
     * response is a failure.
     */
    static void serves(int pid) {
        AnsweringSocket socket = NEWEST.get();
        NEWEST.remove();
        if (socket != null) {
            socket.pid = pid;
        }
    }

    /** Returns what sets the process of the session that this thread has just opened, each time that another one serves it. */
    static IntConsumer served() {
        AnsweringSocket socket = NEWEST.get();
        NEWEST.remove();
        return pid -> {
            if (socket != null) {
                socket.pid = pid;
            }
        };
    }

    @Override
    public Socket createSocket() throws IOException {
        AnsweringSocket socket =
                new AnsweringSocket(new SessionProbe(session), PGProperty.REPLICATION.getOrDefault(session) != null);
        NEWEST.set(socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = createSocket();
        socket.connect(address);
        return socket;
    }

    private static final class AnsweringSocket extends Socket {
        private static final int UNKNOWN = 0;

        private final SessionProbe question;
        private final boolean isStream;
        private volatile int pid = UNKNOWN;
        /** The driver's own limit, which it sets for moments in which it only looks whether something has come. */
        private volatile int driversTimeout;

        AnsweringSocket(SessionProbe question, boolean isStream) throws SocketException {
            this.question = question;
            this.isStream = isStream;
            super.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        }

        @Override
        public void setSoTimeout(int millis) throws SocketException {
            driversTimeout = millis;
            super.setSoTimeout(
                    millis == 0
                            ? Math.toIntExact(PATIENCE.toMillis())
                            : isStream && millis == GLANCE_MILLIS ? STREAM_WAIT_MILLIS : millis);
        }

        @Override
        public int getSoTimeout() {
            return driversTimeout;
        }

        @Override
        public void setKeepAlive(boolean on) throws SocketException {
            super.setKeepAlive(on);
            for (Map.Entry<SocketOption<Integer>, Integer> option : KEEP_ALIVE.entrySet()) {
                if (on && supportedOptions().contains(option.getKey())) {
                    try {
                        setOption(option.getKey(), option.getValue());
                    } catch (IOException e) {
                        throw (SocketException) new SocketException(e.getMessage()).initCause(e);
                    }
                }
            }
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] into, int from, int length) throws IOException {
                    int badAnswers = 0;
                    while (true) {
                        try {
                            return in.read(into, from, length);
                        } catch (SocketTimeoutException e) {
                            if (driversTimeout != 0) {
                                throw e;
                            }
                            String wrong = wrong();
                            badAnswers = wrong.isEmpty() ? 0 : badAnswers + 1;
                            if (badAnswers >= MAX_BAD_ANSWERS) {
                                throw new NoAnswerException(wrong, e);
                            }
                        }
                    }
                }
            };
        }

        private String wrong() {
            return switch (pid) {
                case UNKNOWN -> "the server accepts a connection but opens no session";
                case ANY -> "";
                default -> question.ask(pid);
            };
        }
    }
}
