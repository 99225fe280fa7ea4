package io.vectorferry.sink.connect.lancedb;

import io.vectorferry.sink.connect.VectorSinkConnector;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;

/** Change events into LanceDB tables, exactly once by the tables' own word. */
public final class LanceDbSinkConnector extends VectorSinkConnector {
    static final String OPEN_MODULE = "--add-opens=java.base/java.nio=ALL-UNNAMED";

    public LanceDbSinkConnector() {
        super(LanceDbSinkTask.LANCEDB, LanceDbSinkTask.class);
    }

    /** Arrow reaches into java.nio, which the worker's JVM must allow: better reported here than by a failing task. */
    @Override
    public Config validate(Map<String, String> properties) {
        Config config = isNioOpen() ? super.validate(properties) : new Config(config().validate(properties));
        if (!isNioOpen()) {
            for (ConfigValue value : config.configValues()) {
                if (value.name().equals("lancedb.uri")) {
                    value.addErrorMessage(
                            "lancedb.uri: the worker's JVM lacks an option that Arrow needs: start it with KAFKA_OPTS="
                                    + OPEN_MODULE);
                }
            }
        }
        return config;
    }

    private static boolean isNioOpen() {
        return java.nio.Buffer.class.getModule().isOpen("java.nio", LanceDbSinkConnector.class.getModule());
    }
}
