package io.vectorferry.contracts.row;

import com.google.protobuf.ByteString;
import java.util.List;

/** A payload or key value; {@link FieldType.Name} says which kind holds which type. */
public sealed interface Value {
    record Null() implements Value {}

    record Bool(boolean value) implements Value {}

    record Whole(long value) implements Value {}

    record Real32(float value) implements Value {}

    record Real64(double value) implements Value {}

    record Text(String value) implements Value {}

    record Bytes(ByteString value) implements Value {}

    record Items(List<Value> values) implements Value {
        public Items {
            values = List.copyOf(values);
        }
    }

    Value NULL = new Null();
}
