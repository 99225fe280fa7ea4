package io.vectorferry.control.verify;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Finds the ids of a table that have to be looked at closer. */
interface Comparison {
    /**
     * @param directory for notes
     * @param tally told of the ids that were found equal
     * @param suspects told of all others
     * @return a sample of the source's rows
     */
    List<Suspect> compare(Path directory, Tally tally, Consumer<Suspect> suspects);
}
