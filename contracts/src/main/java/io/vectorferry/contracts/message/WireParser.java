package io.vectorferry.contracts.message;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/** Parses a message over the record's own bytes: a vector is a view of them, not a copy. */
final class WireParser {
    private WireParser() {}

    static <M> M parse(Parser<M> parser, byte @Nullable [] bytes) {
        if (bytes == null) {
            throw new IllegalArgumentException("a value is missing where the topic has no tombstones");
        }
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            M message = parser.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
            in.checkLastTagWas(0);
            return message;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("the bytes are no message of this topic", e);
        }
    }
}
