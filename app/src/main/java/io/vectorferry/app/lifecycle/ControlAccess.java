package io.vectorferry.app.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.pipeline.ControlClient;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.ControllerReport;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.lifecycle.Controller;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Changes the life of a pipeline through its control plane or, if none runs, as its controller for a moment. */
final class ControlAccess {
    private static final Duration STARTS = Duration.ofSeconds(1);

    private final LoadedPipeline pipeline;

    ControlAccess(LoadedPipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** The name under which the history knows the user of this process. */
    static String user() {
        return System.getProperty("user.name", "unknown");
    }

    /** A change that a controller makes. */
    interface Change {
        Optional<StateTransition> by(Controller controller);
    }

    /** Returns whether anything has changed. */
    boolean change(String path, ObjectNode body, Change direct) throws InterruptedException {
        ControlClient client = new ControlClient(pipeline.config());
        Optional<ControlClient.Response> answer = client.post(path, body);
        if (answer.isEmpty()) {
            Optional<Boolean> changed = asController(direct, false);
            if (changed.isPresent()) {
                return changed.get();
            }
            Thread.sleep(STARTS); // a control plane that has just started serves in a moment
            answer = client.post(path, body);
        }
        if (answer.isEmpty()) {
            return asController(direct, true).orElseThrow();
        }
        JsonNode told = answer.get().body();
        return switch (answer.get().code()) {
            case 200 -> told.path("changed").asBoolean(true);
            case 503 ->
                throw FerryException.retryable(
                        told.path("error").asText(),
                        new IllegalStateException("the control plane could not do it now"));
            default ->
                throw FerryException.misconfigured(
                        told.path("error").asText(), told.path("remedy").asText());
        };
    }

    /** Returns whether anything has changed; empty if another process controls the pipeline, unless that is an error. */
    private Optional<Boolean> asController(Change direct, boolean isFinal) {
        PipelineConfig config = pipeline.config();
        return onView((broker, view) -> {
            Optional<ControllerReport> running = Controller.running(view, Clock.systemUTC());
            // With its own broker, this process is the only one.
            boolean isControlled = running.isPresent() && broker.files().isEmpty();
            if (isControlled && !isFinal) {
                return Optional.empty();
            }
            if (isControlled) {
                throw FerryException.misconfigured(
                        "pipeline %s is controlled by %s at %s, which does not answer on this data directory"
                                .formatted(
                                        config.pipeline(),
                                        running.orElseThrow().getInstance(),
                                        running.orElseThrow().getAddress()),
                        "Run the command there. If that process was killed, repeat the command in half a minute.");
            }
            try (Controller controller = Controller.take(
                    broker.kafka(),
                    pipeline.topics().control(),
                    view,
                    targets(),
                    PipelineProcess.instance(config.dataDir()),
                    Clock.systemUTC())) {
                boolean changed = direct.by(controller).isPresent();
                controller.end();
                return Optional.of(changed);
            }
        });
    }

    /** Returns the life of the pipeline as {@code control} has it. */
    Life life() {
        return onView((broker, view) -> Life.of(view, targets().getFirst()));
    }

    /** Returns the events in their order. */
    List<StateTransition> history() {
        return onView((broker, view) -> Life.history(view));
    }

    private List<String> targets() {
        return pipeline.config().targets().stream().map(TargetConfig::name).toList();
    }

    private interface Reading<T> {
        T of(BrokerAccess broker, ControlView view);
    }

    private <T> T onView(Reading<T> reading) {
        try (BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            try (ControlView view =
                    new ControlView(broker.kafka(), pipeline.topics().control())) {
                view.refresh();
                return reading.of(broker, view);
            }
        }
    }
}
