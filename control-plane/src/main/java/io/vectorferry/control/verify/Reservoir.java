package io.vectorferry.control.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A sample of rows that come one by one, each as likely to be in it. The same rows in the same order and the same seed give the same sample. For one thread. */
final class Reservoir {
    private final int size;
    private final Random random;
    private final List<Suspect> drawn = new ArrayList<>();
    private long seen;

    Reservoir(int size, long seed) {
        this.size = size;
        this.random = new Random(seed);
    }

    void offer(SourceEntry entry) {
        seen++;
        if (drawn.size() < size) {
            drawn.add(new Suspect(entry.id(), List.of(entry.key())));
        } else if (size > 0) {
            long place = random.nextLong(seen);
            if (place < size) {
                drawn.set((int) place, new Suspect(entry.id(), List.of(entry.key())));
            }
        }
    }

    List<Suspect> drawn() {
        return List.copyOf(drawn);
    }
}
