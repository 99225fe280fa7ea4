package io.vectorferry.verify;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Seeded rows of every kind of value, and the ways in which one may be said otherwise or changed. */
public record RandomRows(Random random) {
    private static final int DIMENSION = 4;

    public Row row() {
        List<Field> fields = new ArrayList<>();
        fields.add(field("flag", FieldType.Name.BOOL, new Value.Bool(random.nextBoolean())));
        fields.add(field("whole", FieldType.Name.INT64, new Value.Whole(random.nextLong())));
        fields.add(field("real", FieldType.Name.REAL32, new Value.Real32(random.nextFloat())));
        fields.add(field("wide", FieldType.Name.REAL64, new Value.Real64(random.nextDouble())));
        fields.add(field("text", FieldType.Name.TEXT, new Value.Text("é" + random.nextInt(1_000))));
        fields.add(field("raw", FieldType.Name.BYTES, new Value.Bytes(ByteString.copyFrom(bytes(3)))));
        fields.add(new Field(
                "list",
                FieldType.listOf(FieldType.Name.INT32),
                new Value.Items(List.of(new Value.Whole(random.nextInt()), Value.NULL))));
        fields.add(field("nothing", FieldType.Name.TEXT, Value.NULL));
        return new Row(vector(Vector.ofFloats(floats())), fields);
    }

    /** The same content as another store would give it back. */
    public Row saidOtherwise(Row row) {
        List<Field> fields = new ArrayList<>();
        for (Field field : row.fields()) {
            if (field.value() instanceof Value.Null && random.nextBoolean()) {
                continue;
            }
            boolean narrower = field.type().name() == FieldType.Name.INT64 && random.nextBoolean();
            fields.add(narrower ? field(field.name(), FieldType.Name.TIMESTAMP, field.value()) : field);
        }
        fields.add(field("never-there", FieldType.Name.JSON, Value.NULL));
        Collections.shuffle(fields, random);
        return new Row(row.vectorColumn(), fields);
    }

    /** One thing, and that as little as it goes. */
    public Row edited(Row row) {
        List<Field> fields = new ArrayList<>(row.fields());
        int at = random.nextInt(fields.size() + 2);
        if (at == fields.size() + 1) {
            return new Row(null, fields);
        }
        if (at == fields.size()) {
            return new Row(vector(flipped(row.vector().orElseThrow().value().orElseThrow())), fields);
        }
        Field field = fields.get(at);
        fields.set(at, new Field(field.name(), field.type(), edited(field.value())));
        return new Row(row.vectorColumn(), fields);
    }

    private Value edited(Value value) {
        return switch (value) {
            case Value.Null() -> new Value.Text("");
            case Value.Bool(boolean bool) -> new Value.Bool(!bool);
            case Value.Whole(long whole) -> new Value.Whole(whole ^ 1L << random.nextInt(Long.SIZE));
            case Value.Real32(float real) -> new Value.Real32(Math.nextUp(real));
            case Value.Real64(double real) -> new Value.Real64(Math.nextDown(real));
            case Value.Text(String text) -> random.nextBoolean() ? new Value.Text(text + " ") : Value.NULL;
            case Value.Bytes(ByteString bytes) -> new Value.Bytes(bytes.concat(ByteString.copyFrom(new byte[1])));
            case Value.Items(List<Value> items) ->
                random.nextBoolean() ? new Value.Items(items.reversed()) : new Value.Items(List.of());
        };
    }

    private Vector flipped(Vector vector) {
        byte[] bytes = vector.values().toByteArray();
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        return Vector.ofBytes(vector.element(), vector.dimension(), bytes);
    }

    private static VectorColumn vector(Vector vector) {
        return new VectorColumn("embedding", VectorElement.FLOAT32, DIMENSION, vector);
    }

    private float[] floats() {
        float[] floats = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            floats[i] = random.nextFloat() - 0.5f;
        }
        return floats;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Field field(String name, FieldType.Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }
}
