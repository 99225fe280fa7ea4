package io.vectorferry.stores.lancedb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** Lance's native methods throw {@code IOException} without declaring it: past every catch of an unchecked one, to the end of the thread. */
public final class NativeCall {
    private NativeCall() {}

    public static void unchecked(Runnable call) {
        unchecked(() -> {
            call.run();
            return true;
        });
    }

    public static <T> T unchecked(Supplier<T> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new UncheckedIOException(e instanceof IOException io ? io : new IOException(e));
        }
    }
}
