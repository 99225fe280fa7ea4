package io.vectorferry.verify.diff;

import io.vectorferry.verify.row.Suspect;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Finds the ids of a table that have to be looked at closer. */
public interface RowComparison {
    /**
     * @param directory for notes
     * @param tally told of the ids that were found equal
     * @param suspects told of all others
     * @return a sample of the source's rows
     */
    List<Suspect> compare(Path directory, VerdictCounts tally, Consumer<Suspect> suspects);
}
