package io.vectorferry.app.demo;

import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.control.ControlStage;
import io.vectorferry.control.status.PipelineStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The results of the demo, and where to look further. */
final class DemoSummary {
    private final DemoConsole screen;
    private final DemoFolder folder;
    private final SourceArticles source;
    private final TargetArticles target;
    private final DemoTarget where;

    DemoSummary(DemoConsole screen, DemoFolder folder, SourceArticles source, TargetArticles target, DemoTarget where) {
        this.screen = screen;
        this.folder = folder;
        this.source = source;
        this.target = target;
        this.where = where;
    }

    void show(PipelineProcess process) {
        PipelineStatus status = process.status().orElseThrow();
        PipelineStatus.TargetStatus copy = status.targets().getFirst();
        Double lag = copy.lagSeconds();
        screen.detail("rows            %,d in PostgreSQL, %,d in %s", source.count(), target.count(), where.product());
        screen.detail(
                "state           %s, lag %s, dead letters %d",
                status.state(),
                lag == null ? "unknown" : String.format(Locale.ROOT, "%.1f s", lag),
                status.deadLetters());
        screen.detail("status          http://%s/api/v1/pipelines/demo/status", address());
        where.whereToLook().forEach(line -> screen.detail("%s", line));
    }

    private String address() {
        Path file = folder.data().resolve(ControlStage.ADDRESS_FILE);
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
