package io.vectorferry.verify.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that are gathered one after the other, and again from the first one: as large as the most that were. For one thread. */
public final class EncodedBytes {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int FIRST_BYTES = 8 * 1024;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

    private byte[] array = new byte[FIRST_BYTES];
    private int size;

    /** Up to {@link #size()}; another one after more was put. */
    public byte[] array() {
        return array;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    public void put(byte one) {
        room(1);
        array[size++] = one;
    }

    public void putInt(int number) {
        room(Integer.BYTES);
        INT.set(array, size, number);
        size += Integer.BYTES;
    }

    /** Over what was put there. */
    public void setInt(int at, int number) {
        INT.set(array, at, number);
    }

    public void putLong(long number) {
        room(Long.BYTES);
        LONG.set(array, size, number);
        size += Long.BYTES;
    }

    public void put(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, array, size, bytes.length);
        size += bytes.length;
    }

    public void put(ByteBuffer bytes) {
        int length = bytes.remaining();
        room(length);
        bytes.get(array, size, length);
        size += length;
    }

    /** With its length, so that what follows is not taken for a part of it. */
    public void putText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putInt(bytes.length);
        put(bytes);
    }

    private void room(int bytes) {
        if (array.length - size < bytes) {
            int needed = Math.addExact(size, bytes);
            array = Arrays.copyOf(array, Math.max(needed, Math.clamp(2L * array.length, 0, MOST_BYTES)));
        }
    }
}
