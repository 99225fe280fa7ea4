package io.vectorferry.contracts.message;

import io.vectorferry.contracts.row.Value;
import java.util.List;

/** The identity of a row in its source: the collection as the source's catalog names it ({@code public.articles}) and the key's columns in order. */
public record SourceKey(String collection, List<Value> parts) {
    public SourceKey {
        parts = List.copyOf(parts);
    }
}
