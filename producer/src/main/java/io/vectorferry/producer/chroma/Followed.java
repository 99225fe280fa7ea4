package io.vectorferry.producer.chroma;

/** A collection that exists, with what was published of it. */
record Followed(ChromaCollection collection, PublishedRows published) {
    /** As the server describes it now. */
    Followed as(ChromaCollection now) {
        return new Followed(now, published);
    }
}
