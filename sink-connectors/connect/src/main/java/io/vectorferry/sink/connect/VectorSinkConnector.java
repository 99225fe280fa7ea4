package io.vectorferry.sink.connect;

import io.vectorferry.sink.connect.settings.SinkConfig;
import io.vectorferry.sink.connect.settings.SinkSettings;
import io.vectorferry.sink.connect.settings.TargetKind;
import io.vectorferry.sink.connect.settings.TargetSettings;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The connector of every Vectorferry sink: its settings, checked before it starts, and how many tasks it has. */
public abstract class VectorSinkConnector extends SinkConnector {
    private final TargetKind kind;
    private final Class<? extends VectorSinkTask> task;
    private Map<String, String> properties = Map.of();

    protected VectorSinkConnector(TargetKind kind, Class<? extends VectorSinkTask> task) {
        this.kind = kind;
        this.task = task;
    }

    @Override
    public String version() {
        return kind.version();
    }

    @Override
    public void start(Map<String, String> connectorProperties) {
        properties = Map.copyOf(connectorProperties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return task;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        int tasks = kind.oneWriter() ? 1 : maxTasks;
        Map<String, String> ofTask = new HashMap<>(properties);
        ofTask.put(SinkConfig.TASKS, Integer.toString(tasks));
        return Collections.nCopies(tasks, Map.copyOf(ofTask));
    }

    @Override
    public ConfigDef config() {
        ConfigDef definition = SinkSettings.definition();
        String prefix = kind.factory().kind() + ".";
        int order = 0;
        for (TargetKind.Documented setting : kind.documented()) {
            definition.define(
                    prefix + setting.key(),
                    setting.secret() ? ConfigDef.Type.PASSWORD : ConfigDef.Type.STRING,
                    null,
                    Importance.HIGH,
                    setting.documentation(),
                    "Target",
                    order++,
                    Width.LONG,
                    prefix + setting.key());
        }
        return definition;
    }

    /** Validates the settings of {@link #config}, and lets the target read its own as it would at the start. */
    @Override
    public Config validate(Map<String, String> connectorProperties) {
        Config config = super.validate(connectorProperties);
        List<ConfigValue> values = config.configValues();
        for (TargetSettings.Problem problem : kind.settings().problems(connectorProperties)) {
            valueOf(problem.key(), values).addErrorMessage(problem.key() + ": " + problem.message());
        }
        boolean keyless = "record_value".equals(connectorProperties.get(SinkSettings.PK_MODE))
                && connectorProperties.getOrDefault(SinkSettings.PK_FIELDS, "").isBlank();
        if (keyless) {
            valueOf(SinkSettings.PK_FIELDS, values)
                    .addErrorMessage("pk.fields: must name the key's fields when pk.mode=record_value");
        }
        return config;
    }

    private static ConfigValue valueOf(String key, List<ConfigValue> values) {
        Optional<ConfigValue> known =
                values.stream().filter(value -> value.name().equals(key)).findFirst();
        return known.orElseGet(() -> {
            ConfigValue added = new ConfigValue(key);
            values.add(added);
            return added;
        });
    }

    @Override
    public void stop() {
        properties = Map.of();
    }
}
