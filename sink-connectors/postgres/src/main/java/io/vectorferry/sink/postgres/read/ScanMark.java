package io.vectorferry.sink.postgres.read;

import io.vectorferry.contracts.message.TargetKey;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place after a row in the order of the key, written as text.
 *
 * @param table the number of the table, which another one of the same name does not have
 */
record ScanMark(long table, TargetKey.Id id) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,10})/(?:n:(-?\\d{1,19})|t:(.*))", Pattern.DOTALL);

    /** Returns empty for any other text. */
    static Optional<ScanMark> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String number = matcher.group(2);
        TargetKey.Id id = number == null
                ? new TargetKey.TextId(matcher.group(3))
                : new TargetKey.NumberId(Long.parseLong(number));
        return Optional.of(new ScanMark(Long.parseLong(matcher.group(1)), id));
    }

    String text() {
        return table
                + switch (id) {
                    case TargetKey.NumberId(long number) -> "/n:" + number;
                    case TargetKey.TextId(String text) -> "/t:" + text;
                };
    }
}
