package io.vectorferry.stores.chroma;

import java.math.BigDecimal;

/**
 * Floats of the metadata, which Chroma does not always keep: its JSON parser (serde_json as it is built by default) multiplies rounded
 * digits by a rounded power of ten, and it parses each number twice, on arrival and out of its log. About one random float64 in six loses
 * its last bit. Beside such a number, a key of our own holds its digits as a text, so that filters work and the value is exact.
 */
public final class ExactFloats {
    /** Begins the keys of our own; the name of the number's key follows. */
    public static final String PREFIX = "vectorferry.exact.";

    private static final int MAX_POWER = 308;
    private static final double[] POWERS = new double[MAX_POWER + 1];

    /** Last places by which Chroma's number may be off from its digits; more means that somebody else has changed it. */
    private static final int MAX_ULPS = 4;

    static {
        for (int power = 0; power <= MAX_POWER; power++) {
            POWERS[power] = Double.parseDouble("1e" + power);
        }
    }

    private ExactFloats() {}

    /** Whether Chroma returns exactly this number, as would a Chroma whose parser is correct. It stores -0.0 as 0.0. */
    public static boolean isKept(double number) {
        if (number == 0) {
            return 1 / number > 0;
        }
        return Double.isFinite(number) && parsed(Double.toString(number)) == number;
    }

    /** Returns the digits of a float32 from which Chroma's number is, as float32, the same. */
    public static String digits(float number) {
        return isKept(number) ? Double.toString(number) : Float.toString(number);
    }

    /** Whether the digits are those of the number that Chroma returned. */
    static boolean isOf(double stored, double exact) {
        return Math.abs(stored - exact) <= MAX_ULPS * Math.ulp(exact);
    }

    /** Returns what Chroma's parser makes of the digits. */
    private static double parsed(String text) {
        BigDecimal decimal = new BigDecimal(text).stripTrailingZeros();
        double number = (double) decimal.unscaledValue().longValueExact();
        int exponent = -decimal.scale();
        while (exponent < -MAX_POWER) {
            number /= POWERS[MAX_POWER];
            exponent += MAX_POWER;
        }
        return exponent < 0 ? number / POWERS[-exponent] : number * POWERS[exponent];
    }
}
