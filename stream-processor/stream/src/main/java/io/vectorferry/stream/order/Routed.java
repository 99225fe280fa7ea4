package io.vectorferry.stream.order;

/** A key on its way to the partition that its change came from, which is not the hash of the target's id. */
public record Routed<K>(int partition, K key) {}
