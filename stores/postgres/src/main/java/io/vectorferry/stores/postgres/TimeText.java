package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * Dates and times from PostgreSQL's text of them in DateStyle ISO: {@code 0044-03-15 12:00:00.5+01 BC}, {@code infinity},
 * {@code 24:00:00}.
 */
public final class TimeText {
    private static final String BEFORE_CHRIST = " BC";
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final String END_OF_DAY = "24:00:00";

    private TimeText() {}

    public static Value parse(FieldType.Name type, String text) {
        if (text.equals("infinity") || text.equals("-infinity")) {
            return new Value.Whole(text.startsWith("-") ? Long.MIN_VALUE : Long.MAX_VALUE);
        }
        return new Value.Whole(
                switch (type) {
                    case DATE -> days(text);
                    case TIME -> microsOfDay(text);
                    case TIMESTAMP, TIMESTAMPTZ -> timestamp(text);
                    case BOOL, INT16, INT32, INT64, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON ->
                        throw new IllegalArgumentException(type + " is not a time");
                });
    }

    private static long days(String text) {
        boolean beforeChrist = text.endsWith(BEFORE_CHRIST);
        String[] parts =
                (beforeChrist ? text.substring(0, text.length() - BEFORE_CHRIST.length()) : text).split("-", -1);
        int year = Integer.parseInt(parts[0]);
        // There is no year 0: 1 BC is ISO's year 0.
        return LocalDate.of(beforeChrist ? 1 - year : year, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]))
                .toEpochDay();
    }

    private static long microsOfDay(String text) {
        return text.equals(END_OF_DAY) ? MICROS_PER_DAY : LocalTime.parse(text).toNanoOfDay() / 1_000;
    }

    private static long timestamp(String text) {
        boolean beforeChrist = text.endsWith(BEFORE_CHRIST);
        String plain = beforeChrist ? text.substring(0, text.length() - BEFORE_CHRIST.length()) : text;
        int space = plain.indexOf(' ');
        int zone = Math.max(plain.indexOf('+', space), plain.indexOf('-', space));
        long day = days(plain.substring(0, space) + (beforeChrist ? BEFORE_CHRIST : ""));
        long micros = microsOfDay(plain.substring(space + 1, zone < 0 ? plain.length() : zone));
        long offset = zone < 0 ? 0 : ZoneOffset.of(plain.substring(zone)).getTotalSeconds() * MICROS_PER_SECOND;
        return BinaryValues.saturated(day, micros - offset);
    }
}
