package io.vectorferry.producer.postgres.capture;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
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
    /** Stands for a TOASTed value that an update did not touch; also Debezium's placeholder for the types it converts itself. */
    static final String UNCHANGED = "\u0000vectorferry:unchanged\u0000";

    /** Types whose Connect form is exact. */
    private static final Set<String> CONVERTED_BY_DEBEZIUM = Set.of(
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "text",
            "varchar",
            "bpchar",
            "bytea",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "uuid",
            "json",
            "jsonb",
            "serial",
            "bigserial",
            "smallserial");

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
        // Debezium's mark of an unchanged value is a bare Object.
        return value.getClass() == Object.class ? UNCHANGED : value.toString();
    }
}
