package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactory;

/** {@code lancedb:} in a pipeline. */
public final class LanceDbTargetFactory implements TargetFactory {
    @Override
    public String kind() {
        return "lancedb";
    }

    @Override
    public Target configure(String targetName, Section settings) {
        return new LanceDbTarget(targetName, LanceDbConfig.from(settings));
    }
}
