package io.vectorferry.contracts.config;

import io.vectorferry.contracts.message.Value;
import java.util.List;
import java.util.Optional;

/**
 * Documents that refer to vectors by id, as {@code source.mongo} says; the producer publishes both sides, the stream
 * processor joins them.
 *
 * @param collection of the documents, and of the joined rows
 * @param references the path within a document, which is the name of the field that lists a document's references too
 * @param keys the kind of key that the vectors have, which references are read as
 */
public record DocumentJoin(String collection, String references, KeyKind keys) {
    public enum KeyKind {
        TEXT,
        INTEGER
    }

    private static final String KIND = "mongo";
    private static final String DEFAULT_REFERENCES = "indexes[].dataId";
    private static final String WHOLE_NUMBER = "0|-?[1-9]\\d{0,18}";

    public static Optional<DocumentJoin> of(PipelineConfig pipeline) {
        return pipeline.source().kind().equals(KIND)
                ? Optional.of(from(pipeline.source().settings()))
                : Optional.empty();
    }

    /** Reads its own keys of the section. */
    public static DocumentJoin from(Section section) {
        return new DocumentJoin(
                section.text("collection"),
                section.text("references", DEFAULT_REFERENCES),
                section.choice("vectorKeys", KeyKind.class, KeyKind.TEXT));
    }

    /** Empty where no vector can have such a key. */
    public Optional<List<Value>> key(String reference) {
        return switch (keys) {
            case TEXT -> Optional.of(List.of(new Value.Text(reference)));
            case INTEGER -> whole(reference).map(number -> List.of(new Value.Whole(number)));
        };
    }

    private static Optional<Long> whole(String reference) {
        try {
            return reference.matches(WHOLE_NUMBER) ? Optional.of(Long.parseLong(reference)) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty(); // beyond an int64
        }
    }

    /** Marks a barrier that the documents have passed; the vectors' own barriers are not marked. */
    public static final String BARRIER_OF_DOCUMENTS = "/documents";
}
