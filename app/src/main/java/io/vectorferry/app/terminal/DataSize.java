package io.vectorferry.app.terminal;

import java.util.Locale;

/** A number of bytes as a person reads it. */
public final class DataSize {
    private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};
    private static final double STEP = 1_000;

    private DataSize() {}

    public static String of(long bytes) {
        if (bytes < STEP) {
            return bytes + " bytes";
        }
        double size = bytes / STEP;
        int unit = 0;
        while (size >= STEP && unit < UNITS.length - 1) {
            size /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, size < 10 ? "%.1f %s" : "%.0f %s", size, UNITS[unit]);
    }
}
