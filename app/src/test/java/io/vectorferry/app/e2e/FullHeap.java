package io.vectorferry.app.e2e;

import io.vectorferry.app.Ferry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Ferry with a thread, as a library may have one, for which the heap has no room as soon as a file appears. */
final class FullHeap {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private FullHeap() {}

    /** @param arguments the file, then those of {@code ferry} */
    public static void main(String[] arguments) {
        Path file = Path.of(arguments[0]);
        Thread.ofPlatform().daemon().name("a-library's-thread").start(() -> {
            while (!Files.exists(file)) {
                LockSupport.parkNanos(LOOK_EVERY.toNanos());
            }
            long[] tooMuch = new long[Integer.MAX_VALUE - 8];
            System.out.println(tooMuch.length);
        });
        String[] ofFerry = new String[arguments.length - 1];
        System.arraycopy(arguments, 1, ofFerry, 0, ofFerry.length);
        Ferry.main(ofFerry);
    }
}
