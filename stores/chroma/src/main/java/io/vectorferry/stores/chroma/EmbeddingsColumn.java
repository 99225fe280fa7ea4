package io.vectorferry.stores.chroma;

import io.vectorferry.contracts.row.FloatText;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the array of vectors in an answer from its bytes: nine tenths of an answer, for which a general parser takes twice as long. For one answer. */
public final class EmbeddingsColumn {
    private static final int FIRST_BYTES = 64;
    private static final VarHandle LITTLE_ENDIAN_FLOATS =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] json;
    private int at;
    private byte[] bytes = new byte[FIRST_BYTES];

    /** @param nulls components that came as null, which Chroma sends for what its space cannot restore */
    record Embedding(@Nullable Vector vector, int nulls) {}

    /** @param at where the array begins */
    EmbeddingsColumn(byte[] json, int at) {
        this.json = json;
        this.at = at;
    }

    /** Returns the position after the array, once it is read. */
    int end() {
        return at;
    }

    public List<Embedding> read() throws IOException {
        List<Embedding> all = new ArrayList<>();
        expect('[');
        if (!skipped(']')) {
            do {
                all.add(embedding());
            } while (skipped(','));
            expect(']');
        }
        return all;
    }

    private Embedding embedding() throws IOException {
        if (isNull()) {
            return new Embedding(null, 0);
        }
        expect('[');
        if (skipped(']')) {
            return new Embedding(null, 0);
        }
        int count = 0;
        int nulls = 0;
        FloatText numbers = new FloatText(json, at);
        do {
            if (isNull()) {
                nulls++;
                next();
                at++;
                numbers = new FloatText(json, at);
            } else {
                count = append(count, numbers);
            }
        } while (byteAt(at - 1) == ',');
        if (byteAt(at - 1) != ']') {
            throw unexpected();
        }
        return nulls > 0
                ? new Embedding(null, nulls)
                : new Embedding(
                        Vector.ofBytes(VectorElement.FLOAT32, count, Arrays.copyOf(bytes, count * Float.BYTES)), 0);
    }

    /** Adds a number, and skips it and its separator. Returns how many there are then. */
    private int append(int count, FloatText numbers) throws IOException {
        if (count * Float.BYTES == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        try {
            LITTLE_ENDIAN_FLOATS.set(bytes, count * Float.BYTES, numbers.next());
        } catch (NumberFormatException e) {
            throw unexpected();
        }
        at = numbers.at();
        return count + 1;
    }

    private boolean isNull() {
        if (next() != 'n') {
            return false;
        }
        at += "null".length();
        return true;
    }

    private void expect(char one) throws IOException {
        if (!skipped(one)) {
            throw unexpected();
        }
    }

    private boolean skipped(char one) {
        boolean is = next() == one;
        at += is ? 1 : 0;
        return is;
    }

    /** Returns the next byte after white space. */
    private int next() {
        while (byteAt(at) == ' ' || byteAt(at) == '\n' || byteAt(at) == '\r' || byteAt(at) == '\t') {
            at++;
        }
        return byteAt(at);
    }

    private int byteAt(int index) {
        return index >= 0 && index < json.length ? json[index] : 0;
    }

    private IOException unexpected() {
        return new IOException("its vectors are not arrays of numbers, at byte " + at);
    }
}
