package io.vectorferry.producer.mongo;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.FieldType.Name;
import io.vectorferry.contracts.message.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;

/** BSON as typed fields. Whole numbers of either width are INT64, so that documents written by different drivers agree. */
final class BsonFields {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final JsonWriterSettings JSON =
            JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

    private record Typed(Name type, Value value) {}

    private BsonFields() {}

    /** Empty for null, whose type nobody knows. */
    static Optional<Field> of(String name, BsonValue value) {
        if (value.isNull()) {
            return Optional.empty();
        }
        if (value.isArray()) {
            return Optional.of(list(name, value.asArray()));
        }
        Typed typed = typed(value);
        return Optional.of(new Field(name, FieldType.of(typed.type()), typed.value()));
    }

    /** A list whose items are of one kind; any other is JSON. */
    private static Field list(String name, BsonArray array) {
        List<Value> items = new ArrayList<>();
        Set<Name> types = new HashSet<>();
        for (BsonValue item : array) {
            Typed typed = typed(item);
            types.add(typed.type());
            items.add(typed.value());
        }
        if (types.size() == 1 && !types.contains(Name.JSON)) {
            return new Field(name, FieldType.listOf(types.iterator().next()), new Value.Items(items));
        }
        return types.isEmpty()
                ? new Field(name, FieldType.listOf(Name.TEXT), new Value.Items(List.of()))
                : new Field(name, FieldType.of(Name.JSON), json(array).value());
    }

    private static Typed typed(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> new Typed(Name.TEXT, new Value.Text(value.asString().getValue()));
            case SYMBOL -> new Typed(Name.TEXT, new Value.Text(value.asSymbol().getSymbol()));
            case OBJECT_ID ->
                new Typed(
                        Name.TEXT, new Value.Text(value.asObjectId().getValue().toHexString()));
            case BOOLEAN ->
                new Typed(Name.BOOL, new Value.Bool(value.asBoolean().getValue()));
            case INT32, INT64 ->
                new Typed(Name.INT64, new Value.Whole(value.asNumber().longValue()));
            case DOUBLE ->
                new Typed(Name.REAL64, new Value.Real64(value.asDouble().getValue()));
            case DECIMAL128 ->
                new Typed(
                        Name.DECIMAL, new Value.Text(plain(value.asDecimal128().getValue())));
            case DATE_TIME ->
                new Typed(
                        Name.TIMESTAMPTZ,
                        new Value.Whole(Math.multiplyExact(value.asDateTime().getValue(), MICROS_PER_MILLI)));
            case BINARY -> binary(value.asBinary());
            default -> json(value); // the driver's own enum: documents, and kinds that no column has
        };
    }

    private static String plain(Decimal128 decimal) {
        if (decimal.isNaN() || decimal.isInfinite()) {
            return decimal.toString();
        }
        return new BigDecimal(decimal.toString()).toPlainString(); // its own conversion refuses a negative zero
    }

    private static Typed binary(BsonBinary binary) {
        return BsonBinarySubType.isUuid(binary.getType())
                        && binary.getType() == BsonBinarySubType.UUID_STANDARD.getValue()
                ? new Typed(Name.UUID, new Value.Text(binary.asUuid().toString()))
                : new Typed(Name.BYTES, new Value.Bytes(ByteString.copyFrom(binary.getData())));
    }

    private static Typed json(BsonValue value) {
        if (value.isDocument()) {
            return new Typed(Name.JSON, new Value.Text(value.asDocument().toJson(JSON)));
        }
        String wrapped = new BsonDocument("v", value).toJson(JSON);
        return new Typed(
                Name.JSON,
                new Value.Text(wrapped.substring(wrapped.indexOf(':') + 1, wrapped.length() - 1)
                        .strip()));
    }
}
