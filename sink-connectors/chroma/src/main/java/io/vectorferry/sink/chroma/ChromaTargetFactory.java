package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactory;

/** {@code chroma:} in a pipeline's targets. */
public final class ChromaTargetFactory implements TargetFactory {
    @Override
    public String kind() {
        return "chroma";
    }

    @Override
    public Target configure(String targetName, Section settings) {
        return new ChromaTarget(targetName, ChromaTargetConfig.from(settings));
    }
}
