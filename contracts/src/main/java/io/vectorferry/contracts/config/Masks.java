package io.vectorferry.contracts.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Keeps secrets out of what is printed, also those that were written into the file in clear. */
final class Masks {
    static final String MASK = "********";

    private static final List<String> SECRET_WORDS = List.of("password", "token", "secret", "jaas", "key");
    private static final Pattern URL_PASSWORD = Pattern.compile("(://[^:/@]*:)[^@/]*(@)");

    private Masks() {}

    static String shown(String path, String value) {
        String leaf = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        boolean secret = SECRET_WORDS.stream().anyMatch(leaf::contains);
        return secret ? MASK : URL_PASSWORD.matcher(value).replaceAll("$1" + MASK + "$2");
    }
}
