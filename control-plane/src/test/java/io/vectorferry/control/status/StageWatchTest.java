package io.vectorferry.control.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StageReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StageWatchTest {
    private final AtomicLong now = new AtomicLong();
    private final Map<String, Control> reports = new TreeMap<>();
    private final StageWatch watch = new StageWatch(config(), now::get);
    private long end;

    private static PipelineConfig config() {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {postgres: {url: x}}
                targets: [{name: lake, lancedb: {uri: x, table: y}}]
                """, List.of(), Map.of());
        return PipelineConfig.from(file);
    }

    private void report(String stage, String instance, String state, String error) {
        reports.put(
                "stage/" + stage + "/" + instance,
                Control.newBuilder()
                        .setStageReport(StageReport.newBuilder()
                                .setStage(stage)
                                .setInstance(instance)
                                .setState(state)
                                .setError(error)
                                .setUpdatedMicros(now.get()))
                        .build());
    }

    /** Something comes that is no report of these stages, such as a barrier. */
    private Map<String, String> hearAfterSeconds(int seconds) {
        now.addAndGet(Duration.ofSeconds(seconds).toNanos());
        end++;
        return watch.troubles(end, reports);
    }

    /** Barriers are announced all the while. */
    private Map<String, String> passSeconds(int seconds) {
        for (int second = 0; second < seconds; second++) {
            var unused = hearAfterSeconds(1);
        }
        return watch.troubles(end, reports);
    }

    @Test
    void aStageOfWhichNothingIsHeardHasEnded() {
        report("producer", "here:/data", "running", "");
        report("sink/lake", "here:/data", "running", "");
        assertThat(passSeconds(25)).isEmpty();
        report("sink/lake", "here:/data", "running", "");
        assertThat(passSeconds(10)).containsOnlyKeys("producer").hasEntrySatisfying("producer", why -> assertThat(why)
                .startsWith("no report for 34 s (here:/data): its process ended"));
        report("producer", "here:/data", "running", "");
        assertThat(passSeconds(1)).isEmpty();
    }

    @Test
    void whileNothingAtAllIsHeardNoStageIsBlamed() {
        report("producer", "here:/data", "running", "");
        assertThat(passSeconds(20)).isEmpty();
        now.addAndGet(Duration.ofMinutes(5).toNanos());
        assertThat(watch.troubles(end, reports)).isEmpty();
        assertThat(passSeconds(5)).as("Kafka is back").isEmpty();
        assertThat(passSeconds(10)).containsKey("producer");
    }

    @Test
    void aSilentStageIsMissedAlsoWhereLittleElseIsHeard() {
        report("producer", "here:/data", "running", "");
        for (int i = 0; i < 4; i++) {
            assertThat(hearAfterSeconds(10)).isEmpty();
        }
        assertThat(hearAfterSeconds(10)).containsOnlyKeys("producer");
    }

    @Test
    void aStageFailsOrIsTriedAgainWhereNoOtherProcessRunsIt() {
        report("stream", "one", "retrying", "the state directory is locked");
        report("stream", "two", "running", "");
        assertThat(passSeconds(1)).isEmpty();
        report("stream", "two", "stopped", "");
        assertThat(passSeconds(1)).containsEntry("stream", "it was stopped (two). Start it again");
        report("stream", "one", "failed", "it has no room");
        assertThat(passSeconds(1)).containsEntry("stream", "it has no room");
    }

    @Test
    void theReportOfAProcessThatIsGoneIsForgottenWhereAnotherRunsTheStage() {
        report("stream", "one", "running", "");
        for (int minute = 0; minute < 11; minute++) {
            report("stream", "two", "running", "");
            assertThat(passSeconds(20)).isEmpty();
            report("stream", "two", "running", "");
            assertThat(passSeconds(40)).as("between two reports that are late").containsOnlyKeys("stream");
        }
        report("stream", "two", "running", "");
        assertThat(passSeconds(1)).isEmpty();
        assertThat(watch.forgotten()).containsExactly("stage/stream/one");
    }

    @Test
    void aTargetThatThePipelineDoesNotHaveAnyMoreIsNotMissed() {
        report("sink/former", "here:/data", "running", "");
        assertThat(passSeconds(60)).isEmpty();
    }
}
