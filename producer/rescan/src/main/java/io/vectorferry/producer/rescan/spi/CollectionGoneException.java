package io.vectorferry.producer.rescan.spi;

/** A collection that was listed no longer exists: the store is asked again. */
public final class CollectionGoneException extends Exception {
    private static final long serialVersionUID = 1L;

    public CollectionGoneException(String collection) {
        super(collection + " was dropped while it was read");
    }
}
