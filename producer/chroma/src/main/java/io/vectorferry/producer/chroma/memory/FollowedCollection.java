package io.vectorferry.producer.chroma.memory;

import io.vectorferry.stores.chroma.ChromaCollection;

/** A collection that exists, with what was published of it. */
public record FollowedCollection(ChromaCollection collection, PublishedRows published) {
    /** Returns this, as the server describes it now. */
    public FollowedCollection as(ChromaCollection now) {
        return new FollowedCollection(now, published);
    }
}
