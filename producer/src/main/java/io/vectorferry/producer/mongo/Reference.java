package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * One reference of a document.
 *
 * @param path to this very element, such as {@code indexes.0.dataId}
 */
record Reference(String path, BsonValue value) {

    Optional<String> text() {
        return textOf(value);
    }

    /** An id as text; empty for what is no id. */
    static Optional<String> textOf(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> Optional.of(value.asString().getValue());
            case INT32 -> Optional.of(Integer.toString(value.asInt32().getValue()));
            case INT64 -> Optional.of(Long.toString(value.asInt64().getValue()));
            case OBJECT_ID -> Optional.of(value.asObjectId().getValue().toHexString());
            default -> Optional.empty(); // the driver's own enum, most of whose kinds are no ids
        };
    }

    /** The new id in the kind that the reference has, where it fits: text stays text. */
    BsonValue given(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) ->
                value.isString() ? new BsonString(Long.toString(number)) : new BsonInt64(number);
            case TargetKey.TextId(String text) -> new BsonString(text);
        };
    }
}
