package io.vectorferry.sink.spi;

import io.vectorferry.contracts.FerryException;
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

    public TargetFactory find(String kind) {
        TargetFactory factory = byKind.get(kind);
        if (factory == null) {
            throw FerryException.misconfigured(
                    "there is no target of kind " + kind, "Known kinds: " + String.join(", ", byKind.keySet()) + ".");
        }
        return factory;
    }
}
