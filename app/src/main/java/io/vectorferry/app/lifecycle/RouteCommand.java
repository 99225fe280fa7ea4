package io.vectorferry.app.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingJson;
import io.vectorferry.control.routing.RoutingPlan;
import io.vectorferry.control.routing.RoutingRequest;
import io.vectorferry.verify.report.VerificationText;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "route",
        description = "Shows or moves the share of reads that the new store answers; --set PERCENT chooses it.",
        footer = {"", "Example: ferry route -f pipeline.yaml --set 25"})
public final class RouteCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Mixin
    private LifecycleCommands.Reason reason = new LifecycleCommands.Reason();

    @Option(names = "--hold", description = "stay at this step until --advance")
    private boolean hold;

    @Option(names = "--advance", description = "begin the plan, or its next step, now")
    private boolean advance;

    @Option(names = "--abort", description = "return all reads to the source")
    private boolean abort;

    @Option(names = "--plan", paramLabel = "FILE", description = "the steps: `steps: [{percent: 5, hold: 24h}, ...]`")
    private @Nullable Path plan;

    @Option(names = "--pin", paramLabel = "KEY=STORE", description = "answer this key from that store; may be repeated")
    private Map<String, String> pin = new HashMap<>();

    @Option(names = "--unpin", paramLabel = "KEY", description = "let this key follow the share again; may be repeated")
    private List<String> unpin = new ArrayList<>();

    @Option(names = "--shadow", paramLabel = "SHARE", description = "share of reads to run on both stores, 0 to 1")
    private @Nullable Double shadow;

    @Option(
            names = "--target",
            paramLabel = "NAME",
            description = "the target to which reads move (default: the first)")
    private @Nullable String target;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException, JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        List<String> percents = options.takePlainValues(); // --set also overrides settings of the file
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE)) {
            ControlAccess access = new ControlAccess(pipeline);
            if (changes() || !percents.isEmpty()) {
                RoutingRequest request = request(percents);
                ObjectNode body = RoutingJson.of(request).put("why", reason.text());
                boolean unused = access.change(
                        "/routing", body, controller -> controller.route(ControlAccess.user(), reason.text(), request));
            }
            Routing now = access.life().routing();
            if (options.json()) {
                out.println(JSON.writeValueAsString(RoutingJson.document(now)));
            } else {
                print(out, now);
            }
        }
        out.flush();
        return ExitCode.DONE;
    }

    private boolean changes() {
        return hold
                || advance
                || abort
                || plan != null
                || !pin.isEmpty()
                || !unpin.isEmpty()
                || shadow != null
                || target != null;
    }

    private RoutingRequest request(List<String> percents) {
        return new RoutingRequest(
                percents.isEmpty() ? Optional.empty() : Optional.of(percent(percents)),
                hold,
                advance,
                abort,
                Optional.ofNullable(plan).map(RoutingPlanFile::read),
                pin,
                unpin,
                Optional.ofNullable(shadow),
                Optional.ofNullable(target));
    }

    private BigDecimal percent(List<String> percents) {
        try {
            if (percents.size() == 1) {
                return new BigDecimal(percents.getFirst());
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        throw new ParameterException(
                spec.commandLine(), "--set takes one percentage, such as 25, or KEY=VALUE to override a setting");
    }

    private static void print(PrintWriter out, Routing now) {
        out.printf(
                "version %d: %s %% of the reads from %s, writes to %s%n",
                now.version(), Routing.percent(now.share()), now.target(), now.writes());
        if (now.shadow() > 0) {
            out.printf("  shadow reads: a share of %s%n", now.shadow());
        }
        int number = 0;
        for (RoutingPlan.Step step : now.plan().steps()) {
            number++;
            out.printf(
                    "  %s %5s %%  %s%s%n",
                    number == now.step() ? ">" : " ",
                    Routing.percent(step.share()),
                    step.share() == Routing.BUCKETS ? "" : "for " + hold(step),
                    number == now.step() ? ends(now) : "");
        }
        now.pinned().forEach((key, store) -> out.printf("  pinned %s to %s%n", key, store));
    }

    /** Returns a time such as 24h or 1h30m. */
    private static String hold(RoutingPlan.Step step) {
        return step.hold().toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static String ends(Routing now) {
        return now.endOfStep().isPresent()
                ? ", until "
                        + VerificationText.moment(
                                Micros.instant(now.endOfStep().getAsLong()).toString())
                : now.held() ? ", held" : "";
    }
}
