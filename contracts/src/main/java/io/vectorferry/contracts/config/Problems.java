package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;

/** All problems of a configuration, reported together. Not thread-safe. */
public final class Problems {
    private final String file;
    private final List<String> found = new ArrayList<>();

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

    public List<String> found() {
        return List.copyOf(found);
    }

    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw FerryException.misconfigured(
                    "%s cannot be used:%n  - %s".formatted(file, String.join(System.lineSeparator() + "  - ", found)),
                    "Fix the lines above. `ferry config show -f %s` prints the effective settings.".formatted(file));
        }
    }
}
