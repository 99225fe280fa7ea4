package io.vectorferry.stores.chroma;

/** The collection was dropped while it was being read: the next look sees it gone. */
public final class CollectionGoneException extends Exception {
    private static final long serialVersionUID = 1L;

    CollectionGoneException(String name) {
        super("the collection " + name + " is gone");
    }
}
