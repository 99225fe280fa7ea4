package io.vectorferry.contracts.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a message over the record's own bytes: a vector is a view of them, not a copy. */
public final class WireParser {
    /** Reads the fields of one message up to the end of what it is given. */
    @FunctionalInterface
    interface Fields<T> {
        T read(CodedInputStream in) throws IOException;
    }

    private WireParser() {}

    /** A message of a generated class. */
    static <M> M parse(Parser<M> parser, byte @Nullable [] bytes) {
        return read(bytes, in -> parser.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry()));
    }

    /** @throws IllegalArgumentException when the bytes are not such a message */
    static <T> T read(byte @Nullable [] bytes, Fields<T> fields) {
        if (bytes == null) {
            throw new IllegalArgumentException("a value is missing where the topic has no tombstones");
        }
        return read(UnsafeByteOperations.unsafeWrap(bytes), fields);
    }

    static <T> T read(ByteString bytes, Fields<T> fields) {
        try {
            CodedInputStream in = bytes.newCodedInput();
            in.enableAliasing(true);
            T message = fields.read(in);
            in.checkLastTagWas(0);
            return message;
        } catch (IOException e) {
            throw new IllegalArgumentException("the bytes are not a message of this topic", e);
        }
    }

    /** The message within a message whose tag has just been read. */
    static <T> T nested(CodedInputStream in, Fields<T> fields) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        T part = fields.read(in);
        in.checkLastTagWas(0);
        in.popLimit(outer);
        return part;
    }
}
