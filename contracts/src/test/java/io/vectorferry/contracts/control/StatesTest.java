package io.vectorferry.contracts.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** The words of the states, which messages and JSON have, and the moves between them. */
class StatesTest {
    @Test
    void aSinkThatFailedHasToBeStartedAgain() {
        assertThat(moves(SinkState.values(), SinkState::mayBecome))
                .containsExactly(
                        "starting -> running retrying failed unknown",
                        "running -> starting retrying failed unknown",
                        "retrying -> starting running failed unknown",
                        "failed -> starting",
                        "unknown -> starting running retrying failed");
    }

    @Test
    void onlyAnOpenLetterIsDealtWith() {
        assertThat(moves(LetterState.values(), LetterState::mayBecome))
                .containsExactly(
                        "open -> retried discarded withdrawn superseded unknown",
                        "retried ->",
                        "discarded ->",
                        "withdrawn ->",
                        "superseded ->",
                        "unknown ->");
    }

    @Test
    void aStageThatFailedOrWasStoppedRunsAgainOnlyInTheNextProcess() {
        assertThat(moves(StageState.values(), StageState::mayBecome))
                .containsExactly(
                        "running -> retrying paused failed stopped unknown",
                        "retrying -> running paused failed stopped unknown",
                        "paused -> running retrying failed stopped unknown",
                        "failed ->",
                        "stopped ->",
                        "unknown -> running retrying paused failed stopped");
    }

    @Test
    void aStateIsReadFromTheWordThatItIsWrittenAs() {
        assertThat(SinkState.values()).allMatch(state -> SinkState.of(state.toString()) == state);
        assertThat(LetterState.values()).allMatch(state -> LetterState.of(state.toString()) == state);
        assertThat(PipelineState.values()).allMatch(state -> PipelineState.of(state.toString()) == state);
        assertThat(StageState.values()).allMatch(state -> StageState.of(state.toString()) == state);
    }

    @Test
    void aWordThatOnlyALaterVersionWritesIsUnknown() {
        assertThat(SinkState.of("draining")).isEqualTo(SinkState.UNKNOWN);
        assertThat(LetterState.of("archived")).isEqualTo(LetterState.UNKNOWN);
        assertThat(PipelineState.of("archived")).isEqualTo(PipelineState.UNKNOWN);
        assertThat(StageState.of("draining")).isEqualTo(StageState.UNKNOWN);
        assertThat(LetterState.of("archived").isOpen()).isFalse();
    }

    @Test
    void anEarlierVersionCalledThePipelinePlannedBeforeItsFirstReport() {
        assertThat(PipelineState.of("planned")).isEqualTo(PipelineState.IDLE);
    }

    @Test
    void aDesiredStateThatOnlyALaterVersionWritesStopsNoStage() {
        assertThat(DesiredState.of("paused")).isEqualTo(DesiredState.PAUSED);
        assertThat(DesiredState.of("running")).isEqualTo(DesiredState.RUNNING);
        assertThat(DesiredState.of("")).isEqualTo(DesiredState.RUNNING);
        assertThat(DesiredState.of("draining")).isEqualTo(DesiredState.RUNNING);
    }

    @Test
    void aSinkThatHasReportedNoStateIsStarting() {
        assertThat(SinkState.of("")).isEqualTo(SinkState.STARTING);
    }

    private static <S extends Enum<S>> List<String> moves(S[] states, BiPredicate<S, S> mayBecome) {
        List<String> moves = new ArrayList<>();
        for (S from : states) {
            assertThat(mayBecome.test(from, from)).as("%s stays", from).isTrue();
            StringBuilder line = new StringBuilder(from + " ->");
            for (S to : states) {
                if (to != from && mayBecome.test(from, to)) {
                    line.append(' ').append(to);
                }
            }
            moves.add(line.toString());
        }
        return moves;
    }
}
