package io.vectorferry.producer.mongo.documents;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonNumber;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * One reference of a document.
 *
 * @param path to this very element, such as {@code indexes.0.dataId}
 */
public record Reference(String path, BsonValue value) {
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** A number without a fraction, as {@code 11.0}. */
    private static final Pattern WHOLE = Pattern.compile("^(-?\\d+)\\.0+$");

    public String text() {
        return textOf(value);
    }

    /**
     * An id as text: an integer is the same in whichever type it is stored. A value that cannot be an id matches
     * nothing, and is reported as such.
     */
    public static String textOf(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> value.asString().getValue();
            case SYMBOL -> value.asSymbol().getSymbol();
            case OBJECT_ID -> value.asObjectId().getValue().toHexString();
            case INT32, INT64, DOUBLE, DECIMAL128 -> number(value.asNumber());
            case BINARY ->
                BsonFields.kindOf(value) == FieldType.Name.UUID
                        ? value.asBinary().asUuid().toString()
                        : BsonFields.json(value).text();
            default -> BsonFields.json(value).text(); // the driver's own enum, most of whose kinds are no ids
        };
    }

    private static String number(BsonNumber number) {
        String plain = BsonFields.Numbers.plain(number);
        return number.isInt32() || number.isInt64()
                ? plain
                : WHOLE.matcher(plain).replaceFirst("$1");
    }

    /** Every value that, as a reference, may lead to the vector of that key. */
    public static List<BsonValue> to(SourceKey vector) {
        return switch (vector.parts().getFirst()) {
            case Value.Whole(long number) -> List.of(new BsonInt64(number), new BsonString(Long.toString(number)));
            case Value.Text(String text) -> {
                List<BsonValue> values = new ArrayList<>(List.of(new BsonString(text)));
                DocumentJoin.whole(text).ifPresent(number -> values.add(new BsonInt64(number)));
                if (UUID.matcher(text).matches()) {
                    values.add(new BsonBinary(java.util.UUID.fromString(text)));
                }
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
    public BsonValue given(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) ->
                value.isString() ? new BsonString(Long.toString(number)) : new BsonInt64(number);
            case TargetKey.TextId(String text) -> new BsonString(text);
        };
    }

    /**
     * The path of a document's references: {@code indexes[].dataId}, {@code vectorIds[]} or {@code vectorId}. As in
     * MongoDB's own paths, an array counts as each of its elements and a single value for an array of one, whatever
     * the path says.
     *
     * @param steps the names
     */
    public record Path(List<String> steps) {
        private static final Pattern WELL_FORMED = Pattern.compile("[^.\\[\\]$]+(\\[])?(\\.[^.\\[\\]$]+(\\[])?)*");

        public Path {
            steps = List.copyOf(steps);
        }

        static boolean isWellFormed(String text) {
            return WELL_FORMED.matcher(text).matches();
        }

        /** @param text well-formed */
        public static Path parse(String text) {
            return new Path(List.of(text.replace("[]", "").split("\\.", -1)));
        }

        /** Returns the path as in a projection or an index: {@code indexes.dataId}. */
        public String dotted() {
            return String.join(".", steps);
        }

        /** Returns the references in the document's order; missing and null ones are omitted. */
        public List<Reference> in(BsonDocument document) {
            List<Reference> found = new ArrayList<>();
            collect(document, 0, "", found);
            return found;
        }

        private void collect(BsonValue at, int depth, String path, List<Reference> found) {
            if (at.isArray()) {
                for (int i = 0; i < at.asArray().size(); i++) {
                    collect(at.asArray().get(i), depth, path + "." + i, found);
                }
            } else if (depth == steps.size()) {
                if (!at.isNull()) {
                    found.add(new Reference(path, at));
                }
            } else if (at.isDocument()) {
                String step = steps.get(depth);
                @Nullable BsonValue next = at.asDocument().get(step);
                if (next != null) {
                    collect(next, depth + 1, path.isEmpty() ? step : path + "." + step, found);
                }
            }
        }
    }
}
