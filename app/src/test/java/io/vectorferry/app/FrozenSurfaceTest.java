package io.vectorferry.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.config.Setting;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.control.lifecycle.HistoryEntry;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.producer.spi.ReferencesReport;
import io.vectorferry.stream.ReplicationTopology;
import io.vectorferry.verify.report.VerificationReport;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What other processes, earlier data directories, scripts and dashboards rely on: topics, keys of {@code control}, processors and
 * stores of the topology, the wire format, types of errors, commands with their options, and the keys of the JSON. Compared with
 * {@code surface.txt}; {@code -Dferry.test.surface=write} writes that file anew.
 */
class FrozenSurfaceTest {
    private static final Path FROZEN = Path.of("src/test/resources/surface.txt");
    private static final String OF_DOCUMENTS = "mongo: {collection: docs}";
    private static final String OF_ROWS = "postgres: {}";

    private static final Pattern STORES = Pattern.compile("(?<=\\(stores: \\[)[^]]*");

    private final StringBuilder surface = new StringBuilder();
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void nothingThatOthersRelyOnHasChanged() throws Exception {
        topics();
        controlKeys();
        for (String ids : List.of("preserve", "uuid5", "allocate")) {
            topology(ids, OF_ROWS);
        }
        topology("preserve", OF_DOCUMENTS);
        surface.append(Control.getDescriptor().getFile().toProto());
        for (ErrorType type : ErrorType.values()) {
            line("error type " + type.label());
        }
        commands("ferry", new CommandLine(Ferry.class));
        keys("status", PipelineStatus.class);
        keys("verify", VerificationReport.class);
        keys("doctor", Finding.class);
        keys("config", Setting.class);
        keys("history", HistoryEntry.class);
        keys("references", ReferencesReport.class);

        if ("write".equals(System.getProperty("ferry.test.surface"))) {
            Files.writeString(FROZEN, surface);
        }
        assertThat(surface.toString()).isEqualTo(Files.readString(FROZEN));
    }

    private void line(String text) {
        surface.append(text).append('\n');
    }

    private void topics() {
        for (TopicSpec<?, ?> topic : Topics.of("p", 2).all()) {
            line("topic %s %d %s".formatted(topic.name(), topic.partitions(), new TreeMap<>(topic.settings())));
        }
    }

    private void controlKeys() throws ReflectiveOperationException {
        TreeSet<String> keys = new TreeSet<>();
        for (Method method : ControlKey.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) && method.getReturnType() == ControlKey.class) {
                Object[] arguments = Stream.of(method.getParameterTypes())
                        .<Object>map(type -> type == String.class ? "x" : type == int.class ? (Object) 7 : (Object) 9L)
                        .toArray();
                keys.add("control key " + ((ControlKey) method.invoke(null, arguments)).text());
            }
        }
        keys.forEach(this::line);
    }

    private void topology(String ids, String source) {
        PipelineConfig config = PipelineConfig.from(PipelineFile.of("""
            pipeline: p
            ids: %s
            source: {%s}
            targets: [{name: lake, lancedb: {}}]
            """.formatted(ids, source), List.of(), Map.of()));
        line("topology ids=%s %s".formatted(ids, source));
        String described =
                ReplicationTopology.build(config, Topics.of("p", 2)).describe().toString();
        line(STORES.matcher(described).replaceAll(stores -> sorted(stores.group())));
    }

    /** Kafka Streams prints the stores of a processor in the order of a hash table. */
    private static String sorted(String stores) {
        return String.join(", ", new TreeSet<>(List.of(stores.split(", "))));
    }

    private void commands(String path, CommandLine command) {
        TreeSet<String> names = new TreeSet<>();
        for (OptionSpec option : command.getCommandSpec().options()) {
            names.addAll(List.of(option.names()));
        }
        line("command %s %s".formatted(path, names));
        new TreeMap<>(command.getSubcommands()).forEach((name, sub) -> commands(path + " " + name, sub));
    }

    private void keys(String root, Class<?> type) throws IOException {
        TreeSet<String> keys = new TreeSet<>();
        keys(keys, root, json.constructType(type));
        keys.forEach(this::line);
    }

    /** As Jackson writes them. */
    private void keys(Set<String> keys, String path, JavaType type) throws IOException {
        for (BeanPropertyDefinition property :
                json.getSerializationConfig().introspect(type).findProperties()) {
            String key = path + "." + property.getName();
            JavaType value = property.getAccessor().getType();
            while (value.isContainerType() || value.isReferenceType()) {
                key += value.isMapLikeType() ? ".*" : "[]";
                value = value.getContentType();
            }
            if (value.isEnumType()) {
                Object[] words = value.getRawClass().getEnumConstants();
                boolean asTexts = property.getAccessor().hasAnnotation(JsonSerialize.class);
                keys.add(key + " "
                        + json.writeValueAsString(
                                asTexts ? Stream.of(words).map(Object::toString).toArray() : words));
            } else if (value.getRawClass().getName().startsWith("io.vectorferry.")) {
                keys(keys, key, value);
            } else {
                keys.add(key + " " + value.getRawClass().getSimpleName());
            }
        }
    }
}
