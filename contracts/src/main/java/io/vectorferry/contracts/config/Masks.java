package io.vectorferry.contracts.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps secrets out of what is printed, also those that were written into the file in clear. */
final class Masks {
    static final String MASK = "********";

    /** Anywhere in a setting's path: {@code kafka.sasl.jaas.config} and {@code headers.Authorization} are secret as a whole. */
    private static final List<String> SECRET_PATHS =
            List.of("password", "passwd", "token", "secret", "jaas", "credential", "header", "authorization", "cookie");

    /** The last part of the path only: {@code vectorKeys} and the like are not secrets. */
    private static final Pattern SECRET_LEAF =
            Pattern.compile(".*(key|key_id|sas|signature|connection_string|passphrase)");

    /** The part between {@code ://} and the last {@code @} of the authority. */
    private static final Pattern USER_INFO = Pattern.compile("(://)([^/?#\\s]*)@");

    /** {@code sig=…}, {@code AccountKey=…}, {@code password=…} in a URL's query or a connection string. */
    private static final Pattern PARAMETER = Pattern.compile(
            "(?i)([\\w.-]*(?:password|passwd|passphrase|token|secret|credential|signature|key)|\\bsig|\\bpwd)(=)([^&;\\s\"']+)");

    private Masks() {}

    static String shown(String path, String value) {
        String all = path.toLowerCase(Locale.ROOT);
        String leaf = all.substring(all.lastIndexOf('.') + 1);
        if (SECRET_PATHS.stream().anyMatch(all::contains)
                || SECRET_LEAF.matcher(leaf).matches()) {
            return MASK;
        }
        String withoutUserInfo =
                USER_INFO.matcher(value).replaceAll(found -> "://" + user(found.group(2)) + MASK + "@");
        return PARAMETER.matcher(withoutUserInfo).replaceAll("$1$2" + MASK);
    }

    /** A user with a password is shown; without one the text may itself be a token. */
    private static String user(String userInfo) {
        int colon = userInfo.indexOf(':');
        return colon < 0 ? "" : Matcher.quoteReplacement(userInfo.substring(0, colon + 1));
    }
}
