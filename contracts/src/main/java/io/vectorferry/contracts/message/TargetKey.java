package io.vectorferry.contracts.message;

/** The identity of a row in its target. {@code collection} is the source's collection, from which a target's configuration derives its table. */
public record TargetKey(String collection, Id id) {
    public sealed interface Id {
        /** Returns the id as people write it. */
        String text();
    }

    public record NumberId(long value) implements Id {
        @Override
        public String text() {
            return Long.toString(value);
        }
    }

    public record TextId(String value) implements Id {
        @Override
        public String text() {
            return value;
        }
    }
}
