package io.vectorferry.control.verify;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What is kept of a row between the scan and the comparison.
 *
 * @param key of the source's row, encoded; empty for a row of the target
 */
record SpilledEntry(TargetKey.Id id, ByteString key, Content content) {
    private static final byte NUMBER = 0;
    private static final byte TEXT = 1;
    private static final byte HASHED = 0;
    private static final byte LEFT_OUT = 1;
    private static final byte REJECTED = 2;

    void write(DataOutputStream out) throws IOException {
        switch (id) {
            case TargetKey.NumberId(long number) -> {
                out.writeByte(NUMBER);
                out.writeLong(number);
            }
            case TargetKey.TextId(String text) -> {
                out.writeByte(TEXT);
                bytes(out, text.getBytes(StandardCharsets.UTF_8));
            }
        }
        bytes(out, key.toByteArray());
        switch (content) {
            case Content.Hashed(RowHash(long high, long low)) -> {
                out.writeByte(HASHED);
                out.writeLong(high);
                out.writeLong(low);
            }
            case Content.LeftOut() -> out.writeByte(LEFT_OUT);
            case Content.Rejected(ErrorType error) -> {
                out.writeByte(REJECTED);
                out.writeUTF(error.name());
            }
        }
    }

    static SpilledEntry read(DataInputStream in) throws IOException {
        TargetKey.Id id = in.readByte() == NUMBER
                ? new TargetKey.NumberId(in.readLong())
                : new TargetKey.TextId(new String(bytes(in), StandardCharsets.UTF_8));
        ByteString key = UnsafeByteOperations.unsafeWrap(bytes(in));
        byte content = in.readByte();
        if (content == HASHED) {
            return new SpilledEntry(id, key, new Content.Hashed(new RowHash(in.readLong(), in.readLong())));
        }
        return new SpilledEntry(
                id,
                key,
                content == LEFT_OUT ? new Content.LeftOut() : new Content.Rejected(ErrorType.valueOf(in.readUTF())));
    }

    static ByteString encoded(SourceKey key) {
        return UnsafeByteOperations.unsafeWrap(
                Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
    }

    SourceKey sourceKey() {
        return Codecs.SOURCE_KEY.decode(key.toByteArray());
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }
}
