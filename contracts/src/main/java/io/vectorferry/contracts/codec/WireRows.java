package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.contracts.wire.TypeName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows field by field; {@link MeasuredRow} writes them. The generated classes make several small objects of each
 * field each time, more bytes than the row itself has (docs/decisions/message-format.md).
 */
public final class WireRows {
    static final int VECTOR = 1;
    static final int FIELDS = 2;
    static final int MORE_VECTORS = 3;

    static final int VECTOR_NAME = 1;
    static final int ELEMENT = 2;
    static final int DIMENSION = 3;
    static final int VALUES = 4;
    static final int ACTUAL_DIMENSION = 5;

    static final int FIELD_NAME = 1;
    static final int TYPE = 2;
    static final int VALUE = 3;

    static final int TYPE_NAME = 1;
    static final int TYPE_LIST = 2;
    static final int PRECISION = 3;
    static final int SCALE = 4;

    private static final NamePool NAMES = new NamePool();

    private WireRows() {}

    static Row read(CodedInputStream in) throws IOException {
        @Nullable VectorColumn vector = null;
        List<VectorColumn> more = List.of();
        List<Field> fields = new ArrayList<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case VECTOR << 3 | WIRETYPE_LENGTH_DELIMITED -> vector = WireParser.nested(in, WireRows::readVector);
                case FIELDS << 3 | WIRETYPE_LENGTH_DELIMITED -> fields.add(WireParser.nested(in, WireRows::readField));
                case MORE_VECTORS << 3 | WIRETYPE_LENGTH_DELIMITED -> {
                    more = more.isEmpty() ? new ArrayList<>() : more;
                    more.add(WireParser.nested(in, WireRows::readVector));
                }
                default -> in.skipField(tag);
            }
        }
        return new Row(vector, more, fields);
    }

    private static VectorColumn readVector(CodedInputStream in) throws IOException {
        String name = "";
        VectorElement element = VectorElement.FLOAT32;
        int declared = 0;
        @Nullable ByteString values = null;
        int dimension = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case VECTOR_NAME << 3 | WIRETYPE_LENGTH_DELIMITED -> name = NAMES.of(in.readBytes());
                case ELEMENT << 3 | WIRETYPE_VARINT -> element = WireNumbers.element(in.readEnum());
                case DIMENSION << 3 | WIRETYPE_VARINT -> declared = in.readUInt32();
                case VALUES << 3 | WIRETYPE_LENGTH_DELIMITED -> values = in.readBytes();
                case ACTUAL_DIMENSION << 3 | WIRETYPE_VARINT -> dimension = in.readUInt32();
                default -> in.skipField(tag);
            }
        }
        return new VectorColumn(
                name, element, declared, values == null ? null : new Vector(element, dimension, values));
    }

    private static Field readField(CodedInputStream in) throws IOException {
        String name = "";
        FieldType type = WireNumbers.type(TypeName.BOOL_VALUE, false);
        Value value = Value.NULL;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case FIELD_NAME << 3 | WIRETYPE_LENGTH_DELIMITED -> name = NAMES.of(in.readBytes());
                case TYPE << 3 | WIRETYPE_LENGTH_DELIMITED -> type = WireParser.nested(in, WireRows::readType);
                case VALUE << 3 | WIRETYPE_LENGTH_DELIMITED -> value = WireParser.nested(in, WireValues::read);
                default -> in.skipField(tag);
            }
        }
        return new Field(name, type, value);
    }

    private static FieldType readType(CodedInputStream in) throws IOException {
        int name = 0;
        boolean list = false;
        int precision = 0;
        int scale = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case TYPE_NAME << 3 | WIRETYPE_VARINT -> name = in.readEnum();
                case TYPE_LIST << 3 | WIRETYPE_VARINT -> list = in.readBool();
                case PRECISION << 3 | WIRETYPE_VARINT -> precision = in.readUInt32();
                case SCALE << 3 | WIRETYPE_VARINT -> scale = in.readInt32();
                default -> in.skipField(tag);
            }
        }
        FieldType type = WireNumbers.type(name, list);
        return precision == 0 && scale == 0 ? type : new FieldType(type.name(), list, precision, scale);
    }
}
