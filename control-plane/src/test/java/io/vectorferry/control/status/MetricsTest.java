package io.vectorferry.control.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.control.SinkState;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The scrape beside the page that describes it. */
class MetricsTest {
    /** name, type, labels, help */
    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| (gauge|counter) \\|(.*)\\| (.+) \\|");

    private static final Pattern HELP = Pattern.compile("# HELP (\\w+) (.+)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(\\w+?)(?:\\{(.*)})? [\\w.-]+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    @Test
    void thePageListsEveryMetricWithItsTypeItsLabelsAndItsHelp() throws IOException {
        Map<String, String> described = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("../docs/metrics.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                String labels = row.group(3)
                        .replaceAll("=[^;|]*", "")
                        .replaceAll("[` ]", "")
                        .replace(';', ',');
                String help =
                        row.group(4).replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").replace("`", "");
                described.put(row.group(1), String.join(" | ", row.group(2), labels, help));
            }
        }
        assertThat(scraped()).isNotEmpty().isEqualTo(described);
    }

    private static Map<String, String> scraped() {
        String text = new Metrics(MetricsTest::status, List.of("lake", "vectors"), true).scrape();
        Map<String, String> types = new TreeMap<>();
        TYPE.matcher(text).results().forEach(type -> types.put(type.group(1), type.group(2)));
        Map<String, String> help = new TreeMap<>();
        HELP.matcher(text).results().forEach(found -> help.put(found.group(1), found.group(2)));
        Map<String, TreeSet<String>> labels = new TreeMap<>();
        for (String line : text.lines().filter(line -> !line.startsWith("#")).toList()) {
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            TreeSet<String> names = labels.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
            if (sample.group(2) != null) {
                LABEL.matcher(sample.group(2)).results().forEach(label -> names.add(label.group(1)));
            }
        }
        return labels.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        metric -> String.join(
                                " | ",
                                types.get(metric.getKey()),
                                String.join(",", metric.getValue()),
                                help.getOrDefault(metric.getKey(), "")),
                        (one, other) -> one,
                        TreeMap::new));
    }

    private static PipelineStatus status() {
        return new PipelineStatus(
                "articles",
                PipelineState.STREAMING,
                true,
                false,
                "2026-01-01T00:00:00Z",
                new PipelineStatus.Snapshot(1, 2, 3, null, false),
                new PipelineStatus.Capture("0/1", 4),
                List.of(target("lake"), target("vectors")),
                5,
                6,
                7,
                new PipelineStatus.References(8, 9),
                new PipelineStatus.CanSwitch(true, List.of(), List.of()),
                new LifecycleStatus(PipelineState.STREAMING, null, 0, false, false, "", List.of()),
                new RoutingStatus(1, "lake", BigDecimal.TEN, "source", 0.1, 0, 0, 7, false, null, null),
                List.of());
    }

    private static PipelineStatus.TargetStatus target(String name) {
        return new PipelineStatus.TargetStatus(name, SinkState.RUNNING, 1, 2, 0.5, 3, "0/1", null);
    }
}
