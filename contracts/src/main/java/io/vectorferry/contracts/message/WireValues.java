package io.vectorferry.contracts.message;

import io.vectorferry.contracts.wire.Type;
import io.vectorferry.contracts.wire.TypeName;
import io.vectorferry.contracts.wire.Values;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows and their parts to and from the wire. */
final class WireValues {
    private WireValues() {}

    static io.vectorferry.contracts.wire.Value toWire(Value value) {
        var wire = io.vectorferry.contracts.wire.Value.newBuilder();
        switch (value) {
            case Value.Null() -> {}
            case Value.Bool(boolean bool) -> wire.setBool(bool);
            case Value.Whole(long whole) -> wire.setInteger(whole);
            case Value.Real32(float real) -> wire.setReal32(real);
            case Value.Real64(double real) -> wire.setReal64(real);
            case Value.Text(String text) -> wire.setText(text);
            case Value.Bytes(var bytes) -> wire.setBytes(bytes);
            case Value.Items(List<Value> items) -> {
                Values.Builder list = Values.newBuilder();
                for (Value item : items) {
                    list.addValues(toWire(item));
                }
                wire.setList(list);
            }
        }
        return wire.build();
    }

    static Value fromWire(io.vectorferry.contracts.wire.Value wire) {
        return switch (wire.getKindCase()) {
            case KIND_NOT_SET -> Value.NULL;
            case BOOL -> new Value.Bool(wire.getBool());
            case INTEGER -> new Value.Whole(wire.getInteger());
            case REAL32 -> new Value.Real32(wire.getReal32());
            case REAL64 -> new Value.Real64(wire.getReal64());
            case TEXT -> new Value.Text(wire.getText());
            case BYTES -> new Value.Bytes(wire.getBytes());
            case LIST -> {
                List<Value> items = new ArrayList<>(wire.getList().getValuesCount());
                for (var item : wire.getList().getValuesList()) {
                    items.add(fromWire(item));
                }
                yield new Value.Items(items);
            }
        };
    }

    static io.vectorferry.contracts.wire.Row toWire(Row row) {
        var wire = io.vectorferry.contracts.wire.Row.newBuilder();
        VectorColumn column = row.vectorColumn();
        if (column != null) {
            wire.setVector(toWire(column));
        }
        for (Field field : row.fields()) {
            var wireField = io.vectorferry.contracts.wire.Field.newBuilder()
                    .setName(field.name())
                    .setType(toWire(field.type()));
            if (!(field.value() instanceof Value.Null)) {
                wireField.setValue(toWire(field.value()));
            }
            wire.addFields(wireField);
        }
        return wire.build();
    }

    static Row fromWire(io.vectorferry.contracts.wire.Row wire) {
        List<Field> fields = new ArrayList<>(wire.getFieldsCount());
        for (var field : wire.getFieldsList()) {
            fields.add(new Field(field.getName(), fromWire(field.getType()), fromWire(field.getValue())));
        }
        return new Row(wire.hasVector() ? fromWire(wire.getVector()) : null, fields);
    }

    private static io.vectorferry.contracts.wire.Vector toWire(VectorColumn column) {
        var wire = io.vectorferry.contracts.wire.Vector.newBuilder()
                .setName(column.name())
                .setElement(io.vectorferry.contracts.wire.VectorElement.valueOf(
                        column.element().name()))
                .setDimension(column.dimension());
        @Nullable Vector vector = column.vector();
        if (vector != null) {
            wire.setValues(vector.values()).setActualDimension(vector.dimension());
        }
        return wire.build();
    }

    private static VectorColumn fromWire(io.vectorferry.contracts.wire.Vector wire) {
        VectorElement element = VectorElement.valueOf(wire.getElement().name());
        return new VectorColumn(
                wire.getName(),
                element,
                wire.getDimension(),
                wire.hasValues() ? new Vector(element, wire.getActualDimension(), wire.getValues()) : null);
    }

    private static Type toWire(FieldType type) {
        return Type.newBuilder()
                .setName(TypeName.valueOf(type.name().name()))
                .setList(type.list())
                .setPrecision(type.precision())
                .setScale(type.scale())
                .build();
    }

    private static FieldType fromWire(Type wire) {
        FieldType.Name name = FieldType.Name.valueOf(wire.getName().name());
        return new FieldType(name, wire.getList(), wire.getPrecision(), wire.getScale());
    }
}
