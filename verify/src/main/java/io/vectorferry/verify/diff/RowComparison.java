package io.vectorferry.verify.diff;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.vectorferry.verify.row.RowHasher.EncodedBytes;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** Finds the ids of a table that have to be looked at closer. */
public interface RowComparison {
    /**
     * @param directory for notes
     * @param tally receives the ids that were found equal
     * @param suspects receives all others
     * @return a sample of the source's rows
     */
    List<Suspect> compare(Path directory, VerdictCounts tally, Consumer<Suspect> suspects);

    /**
     * A sample of the source's rows, each as likely to be in it: those whose ids have the smallest hashes by the seed, in whatever
     * order they came. The same rows and the same seed give the same sample. For one thread.
     */
    final class RowSample {
        private final int size;
        private final Hasher64 hasher;
        private final EncodedBytes bytes = new EncodedBytes();
        private final PriorityQueue<Drawn> largestFirst =
                new PriorityQueue<>(Comparator.comparingLong(Drawn::hash).reversed());

        private record Drawn(long hash, Suspect row) {}

        private RowSample(int size, long seed) {
            this.size = size;
            this.hasher = Hashing.xxh3_64(seed);
        }

        public static List<Suspect> of(SpillFile source, int size, long seed) {
            RowSample drawn = new RowSample(size, seed);
            for (int part = 0; part < SpillFile.PARTS && size > 0; part++) {
                source.read(part, drawn::offer);
            }
            return drawn.largestFirst.stream().map(Drawn::row).toList();
        }

        private void offer(SpillFile.Entry entry) {
            if (!(entry.content() instanceof ExpectedHash.Hashed)) {
                return;
            }
            bytes.clear();
            entry.writeId(bytes);
            long hash = hasher.hashBytesToLong(bytes.array(), 0, bytes.size());
            if (largestFirst.size() == size && hash >= largestFirst.element().hash()) {
                return;
            }
            largestFirst.add(new Drawn(
                    hash,
                    new Suspect(
                            entry.id(),
                            List.of(Objects.requireNonNull(entry.key(), "a row of the source has a key")))));
            if (largestFirst.size() > size) {
                largestFirst.remove();
            }
        }
    }
}
