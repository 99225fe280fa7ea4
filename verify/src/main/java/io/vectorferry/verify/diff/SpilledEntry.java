package io.vectorferry.verify.diff;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.verify.row.EncodedBytes;
import io.vectorferry.verify.row.ExpectedContent;
import io.vectorferry.verify.row.RowHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a row between the scan and the comparison. In bytes: its length, the length of the id, the id, the content, the
 * key, so that entries are compared without being read into objects.
 *
 * @param key of the source's row; null for a row of the target
 */
public record SpilledEntry(TargetKey.Id id, @Nullable SourceKey key, ExpectedContent content) {
    /** Before the id. */
    static final int HEAD_BYTES = 2 * Integer.BYTES;

    /** Of the content, after its kind. */
    static final int HASH_BYTES = 2 * Long.BYTES;

    static final byte HASHED = 0;
    private static final byte LEFT_OUT = 1;
    private static final byte REJECTED = 2;

    private static final byte NUMBER = 0;
    private static final byte TEXT = 1;

    private static final byte NO_KEY = 0;

    /** The collection follows: the key's only part is the id. */
    private static final byte KEY_IS_ID = 1;

    private static final byte OTHER_KEY = 2;

    public static SpilledEntry ofTarget(TargetKey.Id id, RowHash hash) {
        return new SpilledEntry(id, null, new ExpectedContent.Hashed(hash));
    }

    void write(EncodedBytes out) {
        int start = out.size();
        out.putInt(0);
        out.putInt(0);
        writeId(out);
        out.setInt(start + Integer.BYTES, out.size() - start - HEAD_BYTES);
        writeContent(out);
        writeKey(out);
        out.setInt(start, out.size() - start);
    }

    void writeId(EncodedBytes out) {
        switch (id) {
            case TargetKey.NumberId(long number) -> {
                out.put(NUMBER);
                out.putLong(number);
            }
            case TargetKey.TextId(String text) -> {
                out.put(TEXT);
                out.put(text.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void writeContent(EncodedBytes out) {
        switch (content) {
            case ExpectedContent.Hashed(RowHash(long high, long low)) -> {
                out.put(HASHED);
                out.putLong(high);
                out.putLong(low);
            }
            case ExpectedContent.LeftOut() -> out.put(LEFT_OUT);
            case ExpectedContent.Rejected(ErrorType error) -> {
                out.put(REJECTED);
                out.putText(error.name());
            }
        }
    }

    private void writeKey(EncodedBytes out) {
        if (key == null) {
            out.put(NO_KEY);
        } else if (key.equals(keyOf(key.collection(), id))) {
            out.put(KEY_IS_ID);
            out.putText(key.collection());
        } else {
            out.put(OTHER_KEY);
            out.put(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
        }
    }

    /** The entry at the buffer's position, which is behind it afterwards. */
    public static SpilledEntry read(ByteBuffer in) {
        int end = in.position() + in.getInt();
        int idBytes = in.getInt();
        TargetKey.Id id = in.get() == NUMBER
                ? new TargetKey.NumberId(in.getLong())
                : new TargetKey.TextId(new String(bytes(in, idBytes - 1), StandardCharsets.UTF_8));
        ExpectedContent content =
                switch (in.get()) {
                    case HASHED -> new ExpectedContent.Hashed(new RowHash(in.getLong(), in.getLong()));
                    case LEFT_OUT -> new ExpectedContent.LeftOut();
                    default -> new ExpectedContent.Rejected(ErrorType.valueOf(text(in)));
                };
        SourceKey key =
                switch (in.get()) {
                    case NO_KEY -> null;
                    case KEY_IS_ID -> keyOf(text(in), id);
                    default -> Codecs.SOURCE_KEY.decode(bytes(in, end - in.position()));
                };
        return new SpilledEntry(id, key, content);
    }

    private static SourceKey keyOf(String collection, TargetKey.Id id) {
        Value only =
                switch (id) {
                    case TargetKey.NumberId(long number) -> new Value.Whole(number);
                    case TargetKey.TextId(String text) -> new Value.Text(text);
                };
        return new SourceKey(collection, List.of(only));
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in, in.getInt()), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
