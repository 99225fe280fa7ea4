package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** All problems of a configuration, reported together. Not thread-safe. */
public final class Problems {
    private final String file;
    private final List<String> found = new ArrayList<>();
    private final Set<String> disregarded = new HashSet<>();

    public Problems(String file) {
        this.file = file;
    }

    public void add(String problem) {
        found.add(problem);
    }

    public void require(boolean holds, String problem) {
        if (!holds) {
            add(problem);
        }
    }

    /** Leaves out what is wrong with a top-level section, or was found there before. */
    void disregard(String section) {
        disregarded.add(section);
    }

    public List<String> found() {
        return found.stream()
                .filter(problem -> disregarded.stream()
                        .noneMatch(section -> problem.startsWith(section + ".") || problem.startsWith(section + "[")))
                .toList();
    }

    public void throwIfAny() {
        List<String> regarded = found();
        if (!regarded.isEmpty()) {
            throw FerryException.misconfigured(
                    "%s cannot be used:%n  - %s"
                            .formatted(file, String.join(System.lineSeparator() + "  - ", regarded)),
                    "Fix the lines above. `ferry config show -f %s` prints the effective settings.".formatted(file));
        }
    }
}
