package io.vectorferry.deploy.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Suspended processes: their connections stay open, but do not respond. */
public final class Suspension {
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);

    private final List<Long> pids;

    private Suspension(List<Long> pids) {
        this.pids = List.copyOf(pids);
    }

    public static Suspension of(List<Long> pids) {
        return new Suspension(pids);
    }

    /** Returns the suspension of a process and everything that it has started. */
    public static Suspension ofTree(long pid) {
        List<Long> pids = new ArrayList<>(List.of(pid));
        ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid)
                .forEach(pids::add);
        return of(pids);
    }

    /** Suspends the processes while the work runs. */
    public void during(Runnable work) {
        signal("-STOP");
        try {
            work.run();
        } finally {
            signal("-CONT");
        }
    }

    /** A server's process may have ended by itself meanwhile. */
    private void signal(String signal) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "kill \"$@\" 2>/dev/null; true", "sh", signal));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        String unused = ProgramRun.run(COMMAND_TIMEOUT, command);
    }
}
