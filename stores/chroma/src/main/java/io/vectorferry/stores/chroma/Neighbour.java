package io.vectorferry.stores.chroma;

/** A record that a search found; a smaller distance is nearer. */
public record Neighbour(String id, double distance) {}
