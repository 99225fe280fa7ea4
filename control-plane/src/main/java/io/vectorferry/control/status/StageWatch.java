package io.vectorferry.control.status;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.StageState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StageReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How the stages of the pipeline are, by what their processes report. A process that reports no more has ended or has lost
 * Kafka; its silence is measured from when its last report came, never by its clock, and only while others are heard. For
 * one thread.
 */
final class StageWatch {
    /** The processes report every five seconds. */
    static final Duration SILENCE = Duration.ofSeconds(30);

    /** The report of a process that is gone is removed after it, where another process runs the stage. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    /**
     * The process of the control plane reports too, however few barriers are announced: without anything new in
     * {@code control} for longer than two of its reports it is Kafka that is silent, and not a stage.
     */
    private static final Duration QUIET = Duration.ofSeconds(12);

    private static final String KEYS = "stage/";

    private final List<String> stages = new ArrayList<>();
    private final LongSupplier nanoTime;
    private final Map<String, Heard> heard = new HashMap<>();
    private long end;
    private long endAtNanos;

    private record Heard(StageReport report, long atNanos) {}

    StageWatch(PipelineConfig config, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.endAtNanos = nanoTime.getAsLong();
        stages.add("producer");
        stages.add("stream");
        config.targets().stream().map(StageWatch::sink).forEach(stages::add);
    }

    static String sink(TargetConfig target) {
        return "sink/" + target.name();
    }

    /**
     * Returns the stages that no process runs as it should, and why. One that was never reported is not among them.
     *
     * @param since the offset in {@code control} before which reports are of an earlier run
     */
    Map<String, String> troubles(ControlView view, long since) {
        Map<String, Control> reports = view.withPrefix(KEYS);
        reports.keySet().removeIf(key -> !view.isWrittenSince(new ControlKey(key), since));
        return troubles(view.sequence(), reports);
    }

    /** Whether a process has reported by its clock within the last {@link #SILENCE} that it has a stage. */
    static boolean isRunning(ControlView view, long nowMicros) {
        return view.withPrefix(KEYS).values().stream()
                .map(Control::getStageReport)
                .anyMatch(report -> StageState.of(report.getState()) != StageState.STOPPED
                        && nowMicros - report.getUpdatedMicros() < TimeUnit.NANOSECONDS.toMicros(SILENCE.toNanos()));
    }

    /** @param newEnd changes whenever anything comes */
    Map<String, String> troubles(long newEnd, Map<String, Control> reports) {
        follow(newEnd);
        hear(reports);
        Map<String, String> troubles = new LinkedHashMap<>();
        for (String stage : stages) {
            List<Heard> all = of(stage);
            if (!all.isEmpty() && all.stream().noneMatch(one -> isFresh(one) && isRunning(one))) {
                troubles.put(stage, trouble(all));
            }
        }
        return troubles;
    }

    /** Returns what running stages have waited for longer than usual, one sentence each. */
    List<String> waits() {
        List<String> waits = new ArrayList<>();
        for (String stage : stages) {
            of(stage).stream()
                    .filter(one -> isFresh(one) && !one.report().getWaitsFor().isEmpty())
                    .map(one -> stage + " " + one.report().getWaitsFor())
                    .forEach(waits::add);
        }
        return waits;
    }

    /** Returns the stages that are paused in every process that runs them. */
    List<String> paused() {
        return stages.stream()
                .filter(stage -> {
                    List<Heard> fresh = of(stage).stream()
                            .filter(this::isFresh)
                            .filter(StageWatch::isRunning)
                            .toList();
                    return !fresh.isEmpty()
                            && fresh.stream()
                                    .allMatch(one -> StageState.of(one.report().getState()) == StageState.PAUSED);
                })
                .toList();
    }

    /** The keys of reports that say nothing any more. */
    List<String> forgotten() {
        List<String> keys = new ArrayList<>();
        heard.forEach((key, one) -> {
            boolean isReplaced = of(one.report().getStage()).stream().anyMatch(this::isFresh);
            if (isReplaced && age(one) > FORGOTTEN_AFTER.toNanos()) {
                keys.add(key);
            }
        });
        return keys;
    }

    private void hear(Map<String, Control> now) {
        heard.keySet().retainAll(now.keySet());
        now.forEach((key, control) -> {
            Heard before = heard.get(key);
            if (before == null || !before.report().equals(control.getStageReport())) {
                heard.put(key, new Heard(control.getStageReport(), endAtNanos));
            }
        });
    }

    /** The time in which nothing at all came counts for nobody. */
    private void follow(long newEnd) {
        if (newEnd == end) {
            return;
        }
        long gap = nanoTime.getAsLong() - endAtNanos;
        if (gap > QUIET.toNanos()) {
            heard.replaceAll((key, one) -> new Heard(one.report(), one.atNanos() + gap));
        }
        end = newEnd;
        endAtNanos += gap;
    }

    private List<Heard> of(String stage) {
        return heard.values().stream()
                .filter(one -> one.report().getStage().equals(stage))
                .toList();
    }

    private long age(Heard one) {
        return endAtNanos - one.atNanos();
    }

    private boolean isFresh(Heard one) {
        return age(one) <= SILENCE.toNanos();
    }

    private static boolean isRunning(Heard one) {
        return StageState.of(one.report().getState()).isSound();
    }

    /** Returns the error of the newest report. */
    private String trouble(List<Heard> all) {
        Heard newest = all.getFirst();
        for (Heard one : all) {
            newest = age(one) < age(newest) ? one : newest;
        }
        StageReport report = newest.report();
        if (!report.getError().isEmpty()) {
            return report.getError();
        }
        if (StageState.of(report.getState()) == StageState.STOPPED) {
            return "it was stopped (%s). Start it again".formatted(report.getInstance());
        }
        return "no report for %d s (%s): its process ended, or cannot reach Kafka. Its ferry.log may show why; start it again"
                .formatted(Duration.ofNanos(age(newest)).toSeconds(), report.getInstance());
    }
}
