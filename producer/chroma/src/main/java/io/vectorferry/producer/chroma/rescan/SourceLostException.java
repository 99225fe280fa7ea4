package io.vectorferry.producer.chroma.rescan;

/** The server lacks more of what was replicated than an application deletes: the targets keep their rows until it is back, or a person confirms. */
public final class SourceLostException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final String REMEDY =
            "Start the server with its data: the pipeline then goes on by itself. If they are meant to be gone, `ferry run -f … --new-generation` reads what is there and deletes the rest from the targets; source.chroma.maxLossPercent says how much may go unasked.";

    /** @param what is gone */
    SourceLostException(String what) {
        super(what + ". The targets keep their rows. " + REMEDY);
    }
}
