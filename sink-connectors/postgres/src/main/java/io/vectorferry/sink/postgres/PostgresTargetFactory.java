package io.vectorferry.sink.postgres;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactory;

/** {@code postgres:} in a target of a pipeline. */
public final class PostgresTargetFactory implements TargetFactory {
    @Override
    public String kind() {
        return "postgres";
    }

    @Override
    public Target configure(String targetName, Section settings) {
        return new PostgresTarget(targetName, PostgresTargetConfig.from(settings));
    }
}
