package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_FIXED32;
import static com.google.protobuf.WireFormat.WIRETYPE_FIXED64;
import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code Value} on the wire. */
public final class WireValues {
    private static final int BOOL = 1;
    private static final int INTEGER = 2;
    private static final int REAL32 = 3;
    private static final int REAL64 = 4;
    private static final int TEXT = 5;
    private static final int BYTES = 6;
    private static final int LIST = 7;
    private static final int ITEM = 1; // of Values

    /** Lists of lists are not a type of ours; deeper ones are not a message. */
    private static final int MAX_DEPTH = 16;

    private WireValues() {}

    public static int size(Value value) {
        return switch (value) {
            case Value.Null() -> 0;
            case Value.Bool(boolean bool) -> CodedOutputStream.computeBoolSize(BOOL, bool);
            case Value.Whole(long whole) -> CodedOutputStream.computeSInt64Size(INTEGER, whole);
            case Value.Real32(float real) -> CodedOutputStream.computeFloatSize(REAL32, real);
            case Value.Real64(double real) -> CodedOutputStream.computeDoubleSize(REAL64, real);
            case Value.Text(String text) -> CodedOutputStream.computeStringSize(TEXT, text);
            case Value.Bytes(ByteString bytes) -> CodedOutputStream.computeBytesSize(BYTES, bytes);
            case Value.Items(List<Value> items) -> WireWriter.nestedSize(LIST, itemsSize(items));
        };
    }

    private static int itemsSize(List<Value> items) {
        int size = 0;
        for (Value item : items) {
            size += WireWriter.nestedSize(ITEM, size(item));
        }
        return size;
    }

    static void write(Value value, CodedOutputStream out) throws IOException {
        switch (value) {
            case Value.Null() -> {}
            case Value.Bool(boolean bool) -> out.writeBool(BOOL, bool);
            case Value.Whole(long whole) -> out.writeSInt64(INTEGER, whole);
            case Value.Real32(float real) -> out.writeFloat(REAL32, real);
            case Value.Real64(double real) -> out.writeDouble(REAL64, real);
            case Value.Text(String text) -> out.writeString(TEXT, text);
            case Value.Bytes(ByteString bytes) -> out.writeBytes(BYTES, bytes);
            case Value.Items(List<Value> items) -> {
                WireWriter.beginNested(out, LIST, itemsSize(items));
                for (Value item : items) {
                    WireWriter.beginNested(out, ITEM, size(item));
                    write(item, out);
                }
            }
        }
    }

    static Value read(CodedInputStream in) throws IOException {
        return read(in, 0);
    }

    private static Value read(CodedInputStream in, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("lists in lists, " + depth + " deep");
        }
        Value value = Value.NULL;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case BOOL << 3 | WIRETYPE_VARINT -> value = new Value.Bool(in.readBool());
                case INTEGER << 3 | WIRETYPE_VARINT -> value = new Value.Whole(in.readSInt64());
                case REAL32 << 3 | WIRETYPE_FIXED32 -> value = new Value.Real32(in.readFloat());
                case REAL64 << 3 | WIRETYPE_FIXED64 -> value = new Value.Real64(in.readDouble());
                case TEXT << 3 | WIRETYPE_LENGTH_DELIMITED -> value = new Value.Text(in.readStringRequireUtf8());
                case BYTES << 3 | WIRETYPE_LENGTH_DELIMITED -> value = new Value.Bytes(in.readBytes());
                case LIST << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    value = new Value.Items(WireParser.nested(in, items -> readItems(items, depth + 1)));
                default -> in.skipField(tag);
            }
        }
        return value;
    }

    private static List<Value> readItems(CodedInputStream in, int depth) throws IOException {
        List<Value> items = new ArrayList<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == (ITEM << 3 | WIRETYPE_LENGTH_DELIMITED)) {
                items.add(WireParser.nested(in, item -> read(item, depth)));
            } else {
                in.skipField(tag);
            }
        }
        return items;
    }
}
