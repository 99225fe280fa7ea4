package io.vectorferry.app.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.pipeline.ControlClient;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.control.ControlStage;
import io.vectorferry.control.StatusFile;
import io.vectorferry.control.deadletters.DeadLetterCount;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.status.StatusReader;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** The status from the process that runs the pipeline, else from the control topic, else the last one that was written down. */
public final class StatusSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LoadedPipeline pipeline;

    StatusSource(LoadedPipeline pipeline) {
        this.pipeline = pipeline;
    }

    public JsonNode read() throws InterruptedException {
        Optional<JsonNode> live = new ControlClient(pipeline.config()).get("/status");
        if (live.isPresent()) {
            return live.get();
        }
        boolean isShared = pipeline.config().kafka().bootstrapServers().isPresent();
        return withUnansweredAddress(isShared ? fromTopic() : lastKnown());
    }

    private JsonNode fromTopic() {
        try (BrokerAccess broker = BrokerAccess.shared(pipeline.config());
                ControlView view =
                        new ControlView(broker.kafka(), pipeline.topics().control());
                DeadLetterCount letters = new DeadLetterCount(broker.kafka(), pipeline.topics(), view)) {
            view.refresh();
            letters.refresh();
            StatusReader reader =
                    new StatusReader(pipeline.config(), pipeline.recordedSnapshots(view), view, 0, Clock.systemUTC());
            Life life = Life.of(view, pipeline.config().targets().getFirst().name());
            ObjectNode status = JSON.valueToTree(reader.read(letters.open(), "", life, null));
            return reader.isRunning() ? status : notRunning(status, view.newest());
        }
    }

    /** Marks the status as failed if a control plane has left its address here, which an orderly end removes. */
    private JsonNode withUnansweredAddress(JsonNode status) {
        Path address = pipeline.config().dataDir().resolve(ControlStage.ADDRESS_FILE);
        try {
            String at = Files.readString(address).strip();
            return notRunning(status, Optional.empty()) instanceof ObjectNode known
                    ? StatusFile.failed(
                            known,
                            "control",
                            "the control plane at %s does not respond: its process hangs, was killed, or ran out of memory (see its output and %s). The rest of this status is the last known state. Start it again with `ferry run`"
                                    .formatted(at, pipeline.config().dataDir().resolve("ferry.log")))
                    : status;
        } catch (IOException e) {
            return status; // it has none
        }
    }

    private static JsonNode notRunning(JsonNode status, Optional<Instant> asOf) {
        if (status instanceof ObjectNode known) {
            known.put("running", false);
            asOf.ifPresent(moment -> known.put("asOf", moment.toString()));
        }
        return status;
    }

    private JsonNode lastKnown() {
        Path file = pipeline.config().dataDir().resolve(ControlStage.STATUS_FILE);
        try {
            JsonNode status = JSON.readTree(file.toFile());
            // An earlier release did not write it.
            boolean isDated = status.hasNonNull("asOf");
            return notRunning(
                    status,
                    isDated
                            ? Optional.empty()
                            : Optional.of(Files.getLastModifiedTime(file).toInstant()));
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "pipeline %s has never run on %s"
                            .formatted(
                                    pipeline.config().pipeline(),
                                    pipeline.config().dataDir()),
                    "Start it with `ferry run`, from the same directory or with the same data.dir.",
                    e);
        }
    }
}
