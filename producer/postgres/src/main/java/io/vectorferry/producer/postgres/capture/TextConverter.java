package io.vectorferry.producer.postgres.capture;

import io.debezium.connector.postgresql.PostgresValueConverter;
import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import io.vectorferry.stores.postgres.BinaryValues;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Passes on PostgreSQL's own text of every type that Debezium would convert with loss, box, or turn into NULL when TOAST
 * left it out ({@code vector} becomes a list of Double, an unchanged one NULL). What it leaves out becomes
 * {@link #UNCHANGED}. Found by Debezium by its class name.
 */
public final class TextConverter implements CustomConverter<SchemaBuilder, RelationalColumn> {
    /**
     * The placeholder for a TOASTed value that an update did not change; also Debezium's placeholder for the types it
     * converts itself.
     */
    static final String UNCHANGED = "\u0000vectorferry:unchanged\u0000";

    /**
     * Prefix of a date's days or a time's microseconds: Debezium reads some of them before any converter sees their
     * text.
     */
    static final String NUMBER = "@";

    /** Types whose Connect form is exact. */
    private static final Set<String> CONVERTED_BY_DEBEZIUM = Set.of(
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "text",
            "varchar",
            "bpchar",
            "bytea",
            "uuid",
            "json",
            "jsonb",
            "serial",
            "bigserial",
            "smallserial");

    private static final long SECONDS_PER_DAY = 86_400;
    private static final long MICROS_PER_SECOND = 1_000_000;

    @Override
    public void configure(Properties properties) {
        // nothing to set
    }

    @Override
    public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
        if (!CONVERTED_BY_DEBEZIUM.contains(column.typeName())) {
            registration.register(SchemaBuilder.string().optional(), TextConverter::text);
        }
    }

    private static @Nullable String text(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        return switch (value) {
            case LocalDate date -> NUMBER + days(date);
            case OffsetDateTime time
            when time.equals(PostgresValueConverter.POSITIVE_INFINITY_OFFSET_DATE_TIME) -> NUMBER + Long.MAX_VALUE;
            case OffsetDateTime time
            when time.equals(PostgresValueConverter.NEGATIVE_INFINITY_OFFSET_DATE_TIME) -> NUMBER + Long.MIN_VALUE;
            case OffsetDateTime time -> NUMBER + micros(time.toInstant());
            case Instant time
            when time.equals(PostgresValueConverter.POSITIVE_INFINITY_INSTANT) -> NUMBER + Long.MAX_VALUE;
            case Instant time
            when time.equals(PostgresValueConverter.NEGATIVE_INFINITY_INSTANT) -> NUMBER + Long.MIN_VALUE;
            case Instant time -> NUMBER + micros(time);
            case LocalTime time -> NUMBER + time.toNanoOfDay() / 1_000;
            // Debezium's mark of an unchanged value is a bare Object.
            default -> value.getClass() == Object.class ? UNCHANGED : value.toString();
        };
    }

    private static long days(LocalDate date) {
        return date.equals(PostgresValueConverter.POSITIVE_INFINITY_LOCAL_DATE)
                ? Long.MAX_VALUE
                : date.equals(PostgresValueConverter.NEGATIVE_INFINITY_LOCAL_DATE) ? Long.MIN_VALUE : date.toEpochDay();
    }

    private static long micros(Instant time) {
        long second = time.getEpochSecond();
        return BinaryValues.saturated(
                Math.floorDiv(second, SECONDS_PER_DAY),
                Math.floorMod(second, SECONDS_PER_DAY) * MICROS_PER_SECOND + time.getNano() / 1_000);
    }
}
