package io.vectorferry.app.jsonl;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The names of the format, which docs/jsonl.md explains. */
final class LineFormat {
    static final int VERSION = 1;

    static final String FORMAT = "vectorferry";
    static final String FROM = "from";
    static final String SCHEMA = "schema";
    static final String COLLECTION = "collection";
    static final String FIELDS = "fields";
    /** The value is an object if the collection has several vectors: an earlier version refuses such a file. */
    static final String VECTOR = "vector";

    static final String VECTORS = "vectors";
    static final String VALUES = "values";
    static final String NAME = "name";
    static final String ELEMENT = "element";
    static final String DIMENSION = "dimension";
    static final String ID = "id";
    static final String ROWS = "rows";
    static final String SHA256 = "sha256";

    static final ObjectMapper MAPPER = new ObjectMapper();

    private LineFormat() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
