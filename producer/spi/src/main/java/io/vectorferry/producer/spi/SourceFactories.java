package io.vectorferry.producer.spi;

import io.vectorferry.contracts.config.Section;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/** The kinds of source on this class path. */
public final class SourceFactories {
    private final SortedMap<String, SourceFactory> byKind = new TreeMap<>();

    private SourceFactories() {}

    public static SourceFactories load() {
        SourceFactories factories = new SourceFactories();
        for (SourceFactory factory : ServiceLoader.load(SourceFactory.class)) {
            factories.byKind.put(factory.kind(), factory);
        }
        return factories;
    }

    /** Returns all kinds but one, for a source that is built on another one. */
    public SourceFactories without(String kind) {
        SourceFactories others = new SourceFactories();
        others.byKind.putAll(byKind);
        others.byKind.remove(kind);
        return others;
    }

    /**
     * Returns the factory of a kind; reports an unknown kind as a problem of the file, with the nearest known one.
     *
     * @param kind empty if the file names none, which is a problem already
     * @param settings of the source, named by its kind
     */
    public Optional<SourceFactory> find(String kind, Section settings) {
        SourceFactory factory = byKind.get(kind);
        if (factory == null && !kind.isEmpty()) {
            settings.unknown(byKind.keySet());
        }
        return Optional.ofNullable(factory);
    }
}
