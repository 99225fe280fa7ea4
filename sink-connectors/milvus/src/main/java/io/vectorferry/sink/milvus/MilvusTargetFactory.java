package io.vectorferry.sink.milvus;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactory;

/** {@code milvus:} in a pipeline. */
public final class MilvusTargetFactory implements TargetFactory {
    @Override
    public String kind() {
        return "milvus";
    }

    @Override
    public Target configure(String targetName, Section settings) {
        return new MilvusTarget(targetName, MilvusConfig.from(settings));
    }
}
