package io.vectorferry.producer.rescan.scan;

/** The server lacks more of what was replicated than an application deletes: the targets keep their rows until it is back, or a person confirms. */
public final class SourceLostException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final String REMEDY =
            "Start the server with its data; the pipeline then continues by itself. If the rows were deleted on purpose, `ferry run -f … --new-generation` reads what exists and deletes the rest from the targets. source.%s.maxLossPercent sets how much may disappear without this error.";

    /**
     * @param kind of the source, as in pipeline.yaml
     * @param what is gone
     */
    SourceLostException(String kind, String what) {
        super(what + ". The targets keep their rows. " + REMEDY.formatted(kind));
    }
}
