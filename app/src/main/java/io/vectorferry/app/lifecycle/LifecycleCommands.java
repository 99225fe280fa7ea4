package io.vectorferry.app.lifecycle;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.lifecycle.Controller;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ferry pause|resume|cancel|complete}. */
public final class LifecycleCommands {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LifecycleCommands() {}

    /** The option that the four have in common. */
    static final class Reason {
        @Option(names = "--why", paramLabel = "TEXT", description = "the reason, for the history")
        private String why = "";

        String text() {
            return why;
        }
    }

    private interface Step {
        Optional<StateTransition> by(Controller controller, String who, String why);
    }

    private static int run(String name, PipelineOptions options, Reason reason, @Nullable CommandSpec spec, Step step)
            throws InterruptedException {
        PrintWriter out =
                Objects.requireNonNull(spec, "picocli sets it").commandLine().getOut();
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE)) {
            ControlAccess access = new ControlAccess(pipeline);
            ObjectNode body = JSON.createObjectNode().put("why", reason.text());
            boolean changed = access.change(
                    "/" + name, body, controller -> step.by(controller, ControlAccess.user(), reason.text()));
            Life life = access.life();
            if (options.json()) {
                out.println(JSON.createObjectNode()
                        .put("changed", changed)
                        .put("state", life.phase().state().toString())
                        .put("paused", life.paused())
                        .put("sequence", life.sequence()));
            } else {
                out.printf(
                        "%s is %s%s%s%n",
                        pipeline.config().pipeline(),
                        life.phase().state(),
                        life.paused() ? ", paused" : "",
                        changed ? "" : " (nothing changed)");
            }
            out.flush();
        }
        return ExitCode.DONE;
    }

    @Command(
            name = "pause",
            description = "Pauses all stages, wherever they run, until they are resumed.",
            footer = {"", "Example: ferry pause -f pipeline.yaml --why \"maintenance of the target\""})
    public static final class PauseCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Mixin
        private Reason reason = new Reason();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            return run("pause", options, reason, spec, Controller::pause);
        }
    }

    @Command(
            name = "resume",
            description = "Resumes all stages.",
            footer = {"", "Example: ferry resume -f pipeline.yaml"})
    public static final class ResumeCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Mixin
        private Reason reason = new Reason();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            return run("resume", options, reason, spec, Controller::resume);
        }
    }

    @Command(
            name = "cancel",
            description = "Gives the migration up: reads return to the source, and all stages pause.",
            footer = {"", "Example: ferry cancel -f pipeline.yaml --why \"another index first\""})
    public static final class CancelCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Mixin
        private Reason reason = new Reason();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            return run("cancel", options, reason, spec, Controller::cancel);
        }
    }

    @Command(
            name = "complete",
            description = "Ends a migration whose writes are switched.",
            footer = {"", "Example: ferry complete -f pipeline.yaml"})
    public static final class CompleteCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Mixin
        private Reason reason = new Reason();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            return run("complete", options, reason, spec, Controller::complete);
        }
    }
}
