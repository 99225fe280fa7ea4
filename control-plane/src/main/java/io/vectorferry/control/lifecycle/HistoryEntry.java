package io.vectorferry.control.lifecycle;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.wire.Evidence;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.routing.Routing;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * An event of the life cycle as {@code ferry history --json} and {@code GET /history} print it.
 *
 * @param sequence 0 for an event of version 0.1
 * @param at ISO 8601
 * @param percent of the reads at the target, after it; null for an event of version 0.1
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HistoryEntry(
        long sequence,
        String from,
        String to,
        String who,
        String why,
        long atMicros,
        String at,
        boolean paused,
        boolean failed,
        @Nullable BigDecimal percent,
        @Nullable String verification,
        @Nullable Double lagSeconds,
        @Nullable Double overlap) {
    public static HistoryEntry of(StateTransition event) {
        Evidence evidence = event.getEvidence();
        return new HistoryEntry(
                event.getSequence(),
                event.getFrom(),
                event.getTo(),
                event.getWho(),
                event.getWhy(),
                event.getAtMicros(),
                Micros.instant(event.getAtMicros()).toString(),
                event.getPaused(),
                !event.getFailure().isEmpty(),
                event.hasRouting() ? Routing.percent(event.getRouting().getTargetShare()) : null,
                evidence.getVerification().isEmpty() ? null : evidence.getVerification(),
                evidence.hasLagSeconds() ? evidence.getLagSeconds() : null,
                evidence.hasOverlap() ? evidence.getOverlap() : null);
    }
}
