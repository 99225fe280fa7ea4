package io.vectorferry.producer.postgres.capture;

/**
 * Parses PostgreSQL's shortest float text, bit for bit as {@link Float#parseFloat} does and several times as fast: a
 * mantissa of up to 15 digits and a power of ten up to 22 are both exact in a double, so one division or multiplication
 * rounds once, and the cast to float is checked for the rare case where rounding twice could differ.
 */
final class FloatText {
    private static final double[] POWERS = new double[23];
    private static final int MAX_EXACT_DIGITS = 15;

    /** Bits of a double below a float's last place, and the pattern of a double that lies half-way between two floats. */
    private static final long BELOW_FLOAT = (1L << 29) - 1;

    private static final long HALF_WAY = 1L << 28;

    static {
        double power = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power;
            power *= 10;
        }
    }

    private FloatText() {}

    /** @throws NumberFormatException when the range of the text is no number */
    static float parse(String text, int from, int to) {
        int at = from;
        boolean negative = at < to && text.charAt(at) == '-';
        if (negative) {
            at++;
        }
        long mantissa = 0;
        int digits = 0;
        int exponent = 0;
        boolean fraction = false;
        boolean any = false;
        for (; at < to; at++) {
            char c = text.charAt(at);
            if (c >= '0' && c <= '9') {
                any = true;
                mantissa = mantissa * 10 + (c - '0');
                digits += mantissa == 0 ? 0 : 1;
                exponent -= fraction ? 1 : 0;
                if (digits > MAX_EXACT_DIGITS) {
                    return Float.parseFloat(text.substring(from, to));
                }
            } else if (c == '.' && !fraction) {
                fraction = true;
            } else {
                break;
            }
        }
        if (!any) {
            return Float.parseFloat(text.substring(from, to)); // NaN, Infinity, or no number at all
        }
        if (at < to) {
            if ((text.charAt(at) | 0x20) != 'e' || at + 1 >= to) {
                return Float.parseFloat(text.substring(from, to));
            }
            exponent += Integer.parseInt(text, text.charAt(at + 1) == '+' ? at + 2 : at + 1, to, 10);
        }
        if (exponent < -22 || exponent > 22) {
            return Float.parseFloat(text.substring(from, to));
        }
        double value = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
        boolean doubtful = (Double.doubleToRawLongBits(value) & BELOW_FLOAT) == HALF_WAY
                || (value != 0 && value < Float.MIN_NORMAL);
        if (doubtful) {
            return Float.parseFloat(text.substring(from, to));
        }
        return (float) (negative ? -value : value);
    }
}
