package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.row.FieldType;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A field's type as a word: {@code int64}, {@code text[]}, {@code decimal(12,3)}. */
final class TypeText {
    private static final Pattern FORM = Pattern.compile("([a-z0-9]+)(?:\\((\\d+),(-?\\d+)\\))?(\\[])?");

    private TypeText() {}

    static String of(FieldType type) {
        String name = type.name().name().toLowerCase(Locale.ROOT);
        String precision = type.precision() > 0 ? "(%d,%d)".formatted(type.precision(), type.scale()) : "";
        return name + precision + (type.list() ? "[]" : "");
    }

    static FieldType parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("not a type: " + text);
        }
        String precision = form.group(2);
        return new FieldType(
                FieldType.Name.valueOf(form.group(1).toUpperCase(Locale.ROOT)),
                form.group(4) != null,
                precision == null ? 0 : Integer.parseInt(precision),
                precision == null ? 0 : Integer.parseInt(form.group(3)));
    }
}
