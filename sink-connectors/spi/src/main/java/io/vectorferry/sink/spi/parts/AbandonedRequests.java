package io.vectorferry.sink.spi.parts;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetWrite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The keys of abandoned requests. Such a request may still be in a proxy or in the buffers of a suspended server, and
 * be executed after a newer write of the same key; the target then silently keeps the older row. So later writes to such a
 * key are repeated, several times, until the request is no longer expected. For one thread.
 */
public final class AbandonedRequests {
    private static final List<Duration> AGAIN_AFTER = List.of(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(20),
            Duration.ofMinutes(1),
            Duration.ofMinutes(3),
            Duration.ofMinutes(10));

    /** Maximum; beyond it, the oldest are written again at once and then forgotten. */
    private static final long MAX_KEYS = 20_000;

    private static final long MAX_BYTES = 64L << 20;

    private final LongSupplier nanoTime;
    private final ToLongFunction<TargetWrite> size;

    /** The one that was given up first comes first. */
    private final LinkedHashMap<TargetKey.Id, Suspect> suspects = new LinkedHashMap<>();

    private long laterBytes;

    private static final class Suspect {
        private final long batch;
        private long sinceNanos;
        private int timesAgain;
        private @Nullable TargetWrite later;

        /** @param batch in which a request with the key was given up first */
        Suspect(long batch) {
            this.batch = batch;
        }
    }

    /** @param size the bytes of memory that a write takes, roughly */
    public AbandonedRequests(LongSupplier nanoTime, ToLongFunction<TargetWrite> size) {
        this.nanoTime = nanoTime;
        this.size = size;
    }

    /** @param batch numbers the batches in their order */
    public void add(Collection<TargetKey.Id> ids, long batch) {
        for (TargetKey.Id id : ids) {
            Suspect suspect = suspects.computeIfAbsent(id, i -> new Suspect(batch));
            suspect.sinceNanos = nanoTime.getAsLong();
            suspect.timesAgain = 0;
        }
    }

    /** A batch is acknowledged as a whole. */
    public void written(List<TargetWrite> writes, long batch) {
        if (suspects.isEmpty()) {
            return;
        }
        for (TargetWrite write : writes) {
            Suspect suspect = suspects.get(write.key().id());
            if (suspect != null && suspect.batch < batch) {
                laterBytes += bytes(write) - bytes(suspect.later);
                suspect.later = write;
            }
        }
    }

    /** Returns the writes to repeat now. */
    public List<TargetWrite> due() {
        if (suspects.isEmpty()) {
            return List.of();
        }
        List<TargetWrite> due = new ArrayList<>();
        long tooMany = suspects.size() - MAX_KEYS;
        long tooLarge = laterBytes - MAX_BYTES;
        for (Suspect suspect : suspects.values()) {
            boolean isOverdue = isDue(suspect) || tooMany > 0 || tooLarge > 0;
            tooMany--;
            tooLarge -= bytes(suspect.later);
            if (isOverdue && suspect.later != null) {
                due.add(suspect.later);
            }
        }
        return due;
    }

    /** Records that the due writes were repeated. */
    public void writtenAgain() {
        long tooMany = suspects.size() - MAX_KEYS;
        long tooLarge = laterBytes - MAX_BYTES;
        for (var entry : List.copyOf(suspects.entrySet())) {
            Suspect suspect = entry.getValue();
            long bytes = bytes(suspect.later);
            while (suspect.timesAgain < AGAIN_AFTER.size() && isDue(suspect)) {
                suspect.timesAgain++;
            }
            if (suspect.timesAgain == AGAIN_AFTER.size() || tooMany > 0 || tooLarge > 0) {
                suspects.remove(entry.getKey());
                laterBytes -= bytes;
            }
            tooMany--;
            tooLarge -= bytes;
        }
    }

    /** Another process may write the keys from now on. */
    public void forget() {
        suspects.clear();
        laterBytes = 0;
    }

    private boolean isDue(Suspect suspect) {
        return nanoTime.getAsLong() - suspect.sinceNanos
                >= AGAIN_AFTER.get(suspect.timesAgain).toNanos();
    }

    private long bytes(@Nullable TargetWrite write) {
        return write == null ? 0 : size.applyAsLong(write);
    }
}
