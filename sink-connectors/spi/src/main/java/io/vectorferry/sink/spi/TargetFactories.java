package io.vectorferry.sink.spi;

import io.vectorferry.contracts.config.Section;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/** The kinds of target on this class path. */
public final class TargetFactories {
    private final SortedMap<String, TargetFactory> byKind = new TreeMap<>();

    private TargetFactories() {}

    public static TargetFactories load() {
        TargetFactories factories = new TargetFactories();
        for (TargetFactory factory : ServiceLoader.load(TargetFactory.class)) {
            factories.byKind.put(factory.kind(), factory);
        }
        return factories;
    }

    /**
     * Returns the factory of a kind; reports an unknown kind as a problem of the file, with the nearest known one.
     *
     * @param settings of the target, named by its kind
     */
    public Optional<TargetFactory> find(String kind, Section settings) {
        TargetFactory factory = byKind.get(kind);
        if (factory == null) {
            settings.unknown(byKind.keySet());
        }
        return Optional.ofNullable(factory);
    }
}
