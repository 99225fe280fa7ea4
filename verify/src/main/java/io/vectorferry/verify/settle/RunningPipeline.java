package io.vectorferry.verify.settle;

import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Function;

/**
 * The pipeline between the two sides while it runs.
 *
 * @param view for the verification alone
 * @param patience how long a target may acknowledge no newer barrier
 */
public record RunningPipeline(
        KafkaConnection kafka, Topics topics, ControlView view, BarrierAnnouncer barriers, Duration patience) {

    /** Looks at the pipeline for as long as the verification takes. */
    public static <T> T during(
            LoadedPipeline pipeline,
            KafkaConnection kafka,
            Duration patience,
            Function<RunningPipeline, T> verification) {
        Topics topics = pipeline.topics();
        try (ControlView view = new ControlView(kafka, topics.control());
                ControlPublisher control = new ControlPublisher(kafka, topics.control());
                BarrierIssuer issuer = pipeline.source().barriers(kafka, topics)) {
            BarrierAnnouncer barriers = new BarrierAnnouncer(issuer, control, Clock.systemUTC());
            return verification.apply(new RunningPipeline(kafka, topics, view, barriers, patience));
        }
    }
}
