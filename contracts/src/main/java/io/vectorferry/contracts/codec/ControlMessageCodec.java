package io.vectorferry.contracts.codec;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.contracts.wire.Control;
import org.jspecify.annotations.Nullable;

/** Values of {@code control}. They are few and small, so stages use the generated type itself. */
public final class ControlMessageCodec implements Codec<Control> {
    public static final Codec<Control> CONTROL = new ControlMessageCodec();

    private ControlMessageCodec() {}

    @Override
    public byte[] encode(Control control) {
        return control.toByteArray();
    }

    @Override
    public Control decode(byte @Nullable [] bytes) {
        try {
            return bytes == null ? Control.getDefaultInstance() : Control.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("the bytes are not a control message", e);
        }
    }
}
