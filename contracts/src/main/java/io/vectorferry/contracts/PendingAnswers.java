package io.vectorferry.contracts;

import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The answers of a server that a stage waits for: one that takes longer than usual shows in the status. Safe for any thread. */
public final class PendingAnswers {
    private static final Duration USUAL = Duration.ofSeconds(30);

    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<Object, Question> open = new ConcurrentHashMap<>();

    private record Question(String what, long sinceNanos) {}

    public PendingAnswers() {
        this(System::nanoTime);
    }

    PendingAnswers(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Notes a question.
     *
     * @param id by which it {@link #ended}
     * @param what is asked of whom, such as {@code find of MongoDB at …}
     */
    public void asked(Object id, String what) {
        open.put(id, new Question(what, nanoTime.getAsLong()));
    }

    /** Removes a request, whether it was answered or not. */
    public void ended(Object id) {
        open.remove(id);
    }

    /** Returns what has been waited for longest, if that is longer than usual; else an empty text. */
    public String text() {
        long now = nanoTime.getAsLong();
        return open.values().stream()
                .max(Comparator.comparingLong(question -> now - question.sinceNanos()))
                .filter(question -> now - question.sinceNanos() > USUAL.toNanos())
                .map(question -> "has waited for the response to %s for %d s"
                        .formatted(
                                question.what(),
                                Duration.ofNanos(now - question.sinceNanos()).toSeconds()))
                .orElse("");
    }
}
