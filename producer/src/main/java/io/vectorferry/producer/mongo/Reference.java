package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;

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

    /** Every value that, as a reference, may lead to the vector of that key. */
    static List<BsonValue> to(SourceKey vector) {
        return switch (vector.parts().getFirst()) {
            case Value.Whole(long number) -> List.of(new BsonInt64(number), new BsonString(Long.toString(number)));
            case Value.Text(String text) -> {
                List<BsonValue> values = new ArrayList<>(List.of(new BsonString(text)));
                DocumentJoin.whole(text).ifPresent(number -> values.add(new BsonInt64(number)));
                if (ObjectId.isValid(text)) {
                    values.add(new BsonObjectId(new ObjectId(text)));
                }
                yield values;
            }
            case Value.Bool b -> List.of();
            case Value.Real32 r -> List.of();
            case Value.Real64 r -> List.of();
            case Value.Bytes b -> List.of();
            case Value.Items i -> List.of();
            case Value.Null n -> List.of();
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
