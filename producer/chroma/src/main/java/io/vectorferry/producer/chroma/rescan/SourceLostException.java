package io.vectorferry.producer.chroma.rescan;

/** The server lacks more of what was replicated than an application deletes: the targets keep their rows until it is back, or a person confirms. */
public final class SourceLostException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final String REMEDY =
            "Start the server with its data; the pipeline then continues by itself. If the records were deleted on purpose, `ferry run -f … --new-generation` reads what exists and deletes the rest from the targets. source.chroma.maxLossPercent sets how much may disappear without this error.";

    /** @param what is gone */
    SourceLostException(String what) {
        super(what + ". The targets keep their rows. " + REMEDY);
    }
}
