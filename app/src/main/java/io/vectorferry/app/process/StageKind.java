package io.vectorferry.app.process;

/** The stages in the order in which they are stopped: a later one drains what an earlier one wrote. */
public enum StageKind {
    PRODUCER,
    STREAM,
    SINK,
    CONTROL
}
