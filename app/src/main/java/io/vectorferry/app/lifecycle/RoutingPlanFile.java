package io.vectorferry.app.lifecycle;

import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingPlan;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The file of {@code ferry route --plan}: {@code steps:}, a list of {@code {percent, hold}}. */
final class RoutingPlanFile {
    private RoutingPlanFile() {}

    static RoutingPlan read(Path path) {
        PipelineFile file = PipelineFile.read(path, List.of(), Map.of(), PipelineFile.Secrets.ALL);
        Section root = file.root();
        List<RoutingPlan.Step> steps = new ArrayList<>();
        for (Section step : root.sections("steps")) {
            steps.add(new RoutingPlan.Step(percent(step), step.duration("hold", Duration.ZERO)));
            step.done();
        }
        root.done();
        file.problems().throwIfAny();
        return new RoutingPlan(steps);
    }

    private static int percent(Section step) {
        try {
            return Routing.share(new BigDecimal(step.text("percent")));
        } catch (NumberFormatException e) {
            step.problem("percent", "must be a number above 0 and at most 100");
            return 1;
        }
    }
}
