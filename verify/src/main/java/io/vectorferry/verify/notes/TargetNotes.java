package io.vectorferry.verify.notes;

import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where in {@code data.dir} the verification of a target keeps its notes, and on which settings they depend. */
public final class TargetNotes {
    private TargetNotes() {}

    /**
     * @param seed empty: any
     * @param running whether a pipeline runs between the stores
     * @param anew takes up nothing
     */
    public static VerificationNotes open(
            LoadedPipeline pipeline, Target target, Optional<Long> seed, boolean running, boolean anew) {
        List<String> settings = new ArrayList<>(List.of(target.name(), Boolean.toString(running)));
        pipeline.settings().forEach(setting -> settings.add(setting.path() + "=" + setting.value()));
        return open("full", pipeline, target, settings, seed, anew);
    }

    /** Of a run that looks only at what was touched since another one: so short that none is taken up. */
    public static VerificationNotes sinceLast(LoadedPipeline pipeline, Target target, Optional<Long> seed) {
        return open("since-last", pipeline, target, List.of(), seed, true);
    }

    private static VerificationNotes open(
            String kind,
            LoadedPipeline pipeline,
            Target target,
            List<String> settings,
            Optional<Long> seed,
            boolean anew) {
        return VerificationNotes.open(
                pipeline.config().dataDir().resolve("verify").resolve(kind).resolve(target.name()),
                settings,
                seed,
                anew,
                Clock.systemUTC());
    }
}
