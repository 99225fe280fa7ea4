package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with a configuration, told at once. For one thread. */
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
                    "Mend the lines above; `ferry config show -f %s` prints what is in force.".formatted(file));
        }
    }
}
