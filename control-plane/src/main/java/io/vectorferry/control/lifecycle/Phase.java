package io.vectorferry.control.lifecycle;

import io.vectorferry.contracts.control.PipelineState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A state of the life cycle. It has the moves that are legal in it, and no others. */
public sealed interface Phase {
    PipelineState state();

    /** A phase in which the source may have to be read again. */
    sealed interface Rereadable extends Phase {
        default Snapshot snapshotBegun() {
            return new Snapshot();
        }
    }

    /** A phase in which the migration may be given up: the old store has everything. */
    sealed interface Cancellable extends Phase {
        default Idle cancelled() {
            return new Idle();
        }
    }

    /** A phase in which reads may move, and from which writes may be switched. */
    sealed interface Routable extends Cancellable {
        default Canary canaryBegun() {
            return new Canary();
        }

        default Shadow shadowBegun() {
            return new Shadow();
        }

        default Streaming readsReturned() {
            return new Streaming();
        }

        default Switching switchBegun() {
            return new Switching(this);
        }
    }

    record Idle() implements Rereadable {
        @Override
        public PipelineState state() {
            return PipelineState.IDLE;
        }

        Streaming snapshotComplete() {
            return new Streaming();
        }
    }

    record Snapshot() implements Cancellable {
        @Override
        public PipelineState state() {
            return PipelineState.SNAPSHOT;
        }

        Streaming snapshotComplete() {
            return new Streaming();
        }
    }

    record Streaming() implements Rereadable, Routable {
        @Override
        public PipelineState state() {
            return PipelineState.STREAMING;
        }

        Verifying verificationBegun() {
            return new Verifying();
        }
    }

    record Verifying() implements Rereadable, Routable {
        @Override
        public PipelineState state() {
            return PipelineState.VERIFYING;
        }
    }

    record Shadow() implements Routable {
        @Override
        public PipelineState state() {
            return PipelineState.SHADOW;
        }
    }

    record Canary() implements Routable {
        @Override
        public PipelineState state() {
            return PipelineState.CANARY;
        }
    }

    /** @param before to which a switch that fails returns */
    record Switching(Routable before) implements Phase {
        @Override
        public PipelineState state() {
            return PipelineState.SWITCHING;
        }

        Routable undone() {
            return before;
        }

        Switched done() {
            return new Switched();
        }
    }

    record Switched() implements Phase {
        @Override
        public PipelineState state() {
            return PipelineState.SWITCHED;
        }

        RollingBack rollbackBegun() {
            return new RollingBack();
        }

        Completed completed() {
            return new Completed();
        }
    }

    record RollingBack() implements Phase {
        @Override
        public PipelineState state() {
            return PipelineState.ROLLING_BACK;
        }

        Switched undone() {
            return new Switched();
        }

        Streaming done() {
            return new Streaming();
        }
    }

    record Completed() implements Phase {
        @Override
        public PipelineState state() {
            return PipelineState.COMPLETED;
        }
    }

    /** Returns the phase that a legal move to the state leads to; the same phase if that is its state. */
    default Optional<Phase> to(PipelineState next) {
        if (next == state()) {
            return Optional.of(this);
        }
        return Optional.ofNullable(
                switch (this) {
                    case Idle idle ->
                        switch (next) {
                            case SNAPSHOT -> idle.snapshotBegun();
                            case STREAMING -> idle.snapshotComplete();
                            default -> null;
                        };
                    case Snapshot snapshot ->
                        switch (next) {
                            case STREAMING -> snapshot.snapshotComplete();
                            case IDLE -> snapshot.cancelled();
                            default -> null;
                        };
                    case Streaming streaming ->
                        switch (next) {
                            case SNAPSHOT -> streaming.snapshotBegun();
                            case VERIFYING -> streaming.verificationBegun();
                            default -> ofReads(streaming, next);
                        };
                    case Verifying verifying ->
                        next == PipelineState.SNAPSHOT ? verifying.snapshotBegun() : ofReads(verifying, next);
                    case Shadow shadow -> ofReads(shadow, next);
                    case Canary canary -> ofReads(canary, next);
                    case Switching switching ->
                        next == PipelineState.SWITCHED
                                ? switching.done()
                                : next == switching.undone().state() ? switching.undone() : null;
                    case Switched switched ->
                        switch (next) {
                            case ROLLING_BACK -> switched.rollbackBegun();
                            case COMPLETED -> switched.completed();
                            default -> null;
                        };
                    case RollingBack rolling ->
                        switch (next) {
                            case SWITCHED -> rolling.undone();
                            case STREAMING -> rolling.done();
                            default -> null;
                        };
                    case Completed completed -> null;
                });
    }

    private static @Nullable Phase ofReads(Routable phase, PipelineState next) {
        return switch (next) {
            case STREAMING -> phase.readsReturned();
            case SHADOW -> phase.shadowBegun();
            case CANARY -> phase.canaryBegun();
            case SWITCHING -> phase.switchBegun();
            case IDLE -> phase.cancelled();
            default -> null;
        };
    }
}
