package io.vectorferry.contracts.config;

import java.util.List;
import java.util.Map;

/** One step of {@code transform:}, applied in the file's order to a row's payload and vector. */
public sealed interface TransformStep {
    record Rename(Map<String, String> names) implements TransformStep {
        public Rename {
            names = Map.copyOf(names);
        }
    }

    record Drop(List<String> fields) implements TransformStep {
        public Drop {
            fields = List.copyOf(fields);
        }
    }

    /** Rows for which the expression is not true do not reach the target. */
    record Filter(String expression) implements TransformStep {}

    record Set(Map<String, String> constants) implements TransformStep {
        public Set {
            constants = Map.copyOf(constants);
        }
    }

    /** @param vectors the columns; empty: every float32 vector */
    record Normalize(Norm norm, List<String> vectors) implements TransformStep {
        public Normalize {
            vectors = List.copyOf(vectors);
        }
    }

    enum Norm {
        L2
    }
}
