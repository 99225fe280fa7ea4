package io.vectorferry.contracts.config;

import io.vectorferry.contracts.row.Value;
import java.util.List;
import java.util.Optional;

/**
 * Documents that refer to vectors by id, as {@code source.mongo} or {@code source.postgres.documents} says; the producer
 * publishes both sides, the stream processor joins them.
 *
 * @param collection of the documents, and of the joined rows
 * @param references the path within a document, which is the name of the field that lists a document's references too
 * @param keys the kind of key that the vectors have, which references are read as; empty: each is as it stands
 * @param sides where they are
 */
public record DocumentJoin(String collection, String references, Optional<KeyKind> keys, Sides sides) {
    public enum KeyKind {
        TEXT,
        INTEGER
    }

    public enum Sides {
        /** Each has a log and a barrier of its own, and the vectors' column is named {@code embedding}, wherever they are. */
        TWO_SOURCES,
        /** A barrier in their one log is both sides'. */
        ONE_LOG
    }

    /** Marks a barrier that the documents have passed, where the vectors have one of their own, which is not marked. */
    public static final String BARRIER_OF_DOCUMENTS = "/documents";

    private static final String MONGO = "mongo";
    private static final String POSTGRES = "postgres";
    private static final String DEFAULT_REFERENCES = "indexes[].dataId";
    private static final String WHOLE_NUMBER = "0|-?[1-9]\\d{0,18}";

    public static Optional<DocumentJoin> of(PipelineConfig pipeline) {
        Section settings = pipeline.source().settings();
        return switch (pipeline.source().kind()) {
            case MONGO -> Optional.of(ofCollection(settings));
            case POSTGRES -> settings.optionalSection("documents").map(DocumentJoin::ofTable);
            default -> Optional.empty();
        };
    }

    /** Reads its own keys of {@code source.mongo}. */
    public static DocumentJoin ofCollection(Section section) {
        return new DocumentJoin(
                section.text("collection"),
                section.text("references", DEFAULT_REFERENCES),
                Optional.of(section.choice("vectorKeys", KeyKind.class, KeyKind.TEXT)),
                Sides.TWO_SOURCES);
    }

    /** Reads its own keys of {@code source.postgres.documents}. */
    public static DocumentJoin ofTable(Section section) {
        return new DocumentJoin(
                section.text("table"),
                section.text("references"),
                section.has("vectorKeys")
                        ? Optional.of(section.choice("vectorKeys", KeyKind.class, KeyKind.TEXT))
                        : Optional.empty(),
                Sides.ONE_LOG);
    }

    public Optional<List<Value>> key(String reference) {
        return key(new Value.Text(reference));
    }

    /** Empty where no vector can have such a key. */
    public Optional<List<Value>> key(Value reference) {
        if (keys.isEmpty()) {
            return Optional.of(List.of(reference));
        }
        Optional<String> text =
                switch (reference) {
                    case Value.Text(String given) -> Optional.of(given);
                    case Value.Whole(long number) -> Optional.of(Long.toString(number));
                    case Value.Bool b -> Optional.empty();
                    case Value.Real32 r -> Optional.empty();
                    case Value.Real64 r -> Optional.empty();
                    case Value.Bytes b -> Optional.empty();
                    case Value.Items i -> Optional.empty();
                    case Value.Null n -> Optional.empty();
                };
        return switch (keys.get()) {
            case TEXT -> text.map(given -> List.of(new Value.Text(given)));
            case INTEGER -> text.flatMap(DocumentJoin::whole).map(number -> List.of(new Value.Whole(number)));
        };
    }

    /** Empty for a text that no integer is printed as. */
    public static Optional<Long> whole(String reference) {
        try {
            return reference.matches(WHOLE_NUMBER) ? Optional.of(Long.parseLong(reference)) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty(); // beyond an int64
        }
    }
}
