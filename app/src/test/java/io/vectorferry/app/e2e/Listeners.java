package io.vectorferry.app.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The TCP sockets on which a process listens, as Linux shows them. */
final class Listeners {
    private static final String LISTENING = "0A";
    private static final Set<String> LOOPBACK = Set.of(
            "0100007F", // 127.0.0.1
            "00000000000000000000000001000000", // ::1
            "0000000000000000FFFF00000100007F"); // 127.0.0.1 as an IPv6 address

    private Listeners() {}

    /** Returns for each port whether it is on loopback. */
    static Map<Integer, Boolean> of(long pid) {
        Set<String> inodes = sockets(pid);
        Map<Integer, Boolean> ports = new TreeMap<>();
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : lines(Path.of("/proc", Long.toString(pid), "net", table))) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns.length > 9 && columns[3].equals(LISTENING) && inodes.contains(columns[9])) {
                    String[] address = columns[1].split(":", 2);
                    ports.merge(Integer.parseInt(address[1], 16), LOOPBACK.contains(address[0]), Boolean::logicalAnd);
                }
            }
        }
        return ports;
    }

    private static Set<String> sockets(long pid) {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : files.toList()) {
                if (Files.isSymbolicLink(file)) {
                    String to = Files.readSymbolicLink(file).toString();
                    if (to.startsWith("socket:[")) {
                        inodes.add(to.substring("socket:[".length(), to.length() - 1));
                    }
                }
            }
            return inodes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
