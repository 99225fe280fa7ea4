package io.vectorferry.producer.rescan.memory;

import io.vectorferry.producer.rescan.spi.StoreCollection;

/** A collection that exists, with what was published of it. */
public record FollowedCollection(StoreCollection collection, PublishedRows published) {
    /** Returns this, as the store describes it now. */
    public FollowedCollection as(StoreCollection now) {
        return new FollowedCollection(now, published);
    }

    /** Returns the collection with the types that were settled when its generation began. */
    public StoreCollection settled() {
        return new StoreCollection(collection.name(), collection.id(), collection.keys(), published.types());
    }
}
