package io.vectorferry.app.benchmark;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The CPU that each thread of a process has taken by now, as Linux counts it: the JVM's own threads and native ones included. */
record ProcessCost(Map<Long, ThreadCost> threads) {
    private static final double TICKS_PER_SECOND = 100;
    /** Of the fields behind the name in parentheses, which may hold blanks. */
    private static final int USER_TICKS = 11;

    /** @param name the first 15 characters of it, without a number at its end */
    record ThreadCost(String name, double seconds, int threads) {
        private ThreadCost plus(ThreadCost other) {
            return new ThreadCost(name, seconds + other.seconds, threads + other.threads);
        }
    }

    static ProcessCost of(long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            Map<Long, ThreadCost> threads = new HashMap<>();
            tasks.forEach(task -> threads.put(Long.valueOf(task.getFileName().toString()), thread(task)));
            return new ProcessCost(threads);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ThreadCost thread(Path task) {
        try {
            String line = Files.readString(task.resolve("stat"));
            int end = line.lastIndexOf(')');
            String name = line.substring(line.indexOf('(') + 1, end).replaceAll("[-# ]*\\d*$", "");
            String[] fields = line.substring(end + 2).split(" ", -1);
            double ticks = Double.parseDouble(fields[USER_TICKS]) + Double.parseDouble(fields[USER_TICKS + 1]);
            return new ThreadCost(name, ticks / TICKS_PER_SECOND, 1);
        } catch (IOException e) {
            return new ThreadCost("ended", 0, 0);
        }
    }

    /** By name, the largest first. A thread that began since counts whole; one that ended, not at all. */
    List<ThreadCost> since(ProcessCost before) {
        Map<String, ThreadCost> byName = threads.entrySet().stream()
                .map(now -> {
                    ThreadCost then = before.threads.get(now.getKey());
                    ThreadCost cost = now.getValue();
                    return then == null
                            ? cost
                            : new ThreadCost(cost.name(), cost.seconds() - then.seconds(), cost.threads());
                })
                .collect(toMap(ThreadCost::name, cost -> cost, ThreadCost::plus));
        return byName.values().stream()
                .sorted(Comparator.comparingDouble(ThreadCost::seconds).reversed())
                .toList();
    }

    static long residentMegabytes(long pid) {
        return memory(pid, "VmRSS:");
    }

    static long residentPeakMegabytes(long pid) {
        return memory(pid, "VmHWM:");
    }

    private static long memory(long pid, String key) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }
}
