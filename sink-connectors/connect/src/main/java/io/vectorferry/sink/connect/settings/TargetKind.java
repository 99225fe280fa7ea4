package io.vectorferry.sink.connect.settings;

import io.vectorferry.sink.spi.TargetFactory;
import java.util.List;
import java.util.Optional;

/**
 * The kind of target of a connector.
 *
 * @param tableKey what the target calls its table in its section of a pipeline
 * @param documented the target's settings that a user interface shows; others are passed on too
 * @param oneWriter a table has one writer, so that a connector has one task
 */
public record TargetKind(TargetFactory factory, String tableKey, List<Documented> documented, boolean oneWriter) {
    /** @param key without the target's prefix */
    public record Documented(String key, boolean secret, String documentation) {}

    public TargetKind {
        documented = List.copyOf(documented);
    }

    public TargetSettings settings() {
        return new TargetSettings(factory, tableKey);
    }

    public String version() {
        return Optional.ofNullable(TargetKind.class.getPackage().getImplementationVersion())
                .orElse("unknown");
    }
}
