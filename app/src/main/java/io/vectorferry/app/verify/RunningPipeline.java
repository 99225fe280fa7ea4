package io.vectorferry.app.verify;

import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import java.time.Duration;

/**
 * The pipeline between the two sides while it runs.
 *
 * @param view for the verification alone
 * @param patience how long a target may acknowledge no newer barrier
 */
public record RunningPipeline(
        KafkaConnection kafka, Topics topics, ControlView view, BarrierIssuer issuer, Duration patience) {}
