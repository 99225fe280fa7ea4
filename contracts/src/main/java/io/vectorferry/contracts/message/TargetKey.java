package io.vectorferry.contracts.message;

/** The identity of a row in its target. {@code collection} is the source's collection, from which a target's configuration derives its table. */
public record TargetKey(String collection, Id id) {
    public sealed interface Id {}

    public record NumberId(long value) implements Id {}

    public record TextId(String value) implements Id {}
}
