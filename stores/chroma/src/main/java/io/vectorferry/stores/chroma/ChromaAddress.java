package io.vectorferry.stores.chroma;

import io.vectorferry.contracts.config.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * A database of a Chroma server, and how it is asked.
 *
 * @param section of the pipeline file that has the keys, such as {@code source.chroma}
 * @param url without a slash at its end
 * @param requestTimeout of one request
 */
public record ChromaAddress(
        String section,
        String url,
        String tenant,
        String database,
        Optional<String> token,
        TokenHeader tokenHeader,
        Duration requestTimeout) {

    public enum TokenHeader {
        AUTHORIZATION,
        X_CHROMA_TOKEN
    }

    private static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(60);

    /** Reads the record's keys, and no others. */
    public static ChromaAddress from(Section section) {
        return new ChromaAddress(
                section.path(),
                url(section),
                section.text("tenant", "default_tenant"),
                section.text("database", "default_database"),
                section.optionalText("token"),
                section.choice("tokenHeader", TokenHeader.class, TokenHeader.AUTHORIZATION),
                section.duration("requestTimeout", DEFAULT_REQUEST_TIMEOUT));
    }

    private static String url(Section section) {
        String text = section.text("url");
        try {
            URI url = new URI(text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getUserInfo() == null) {
                return text.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            // told below
        }
        if (!text.isEmpty()) {
            section.problem("url", "must be http://host:port; the token has its own key");
        }
        return "";
    }

    /** Returns what two addresses of one database have in common, as far as their texts tell. */
    public String store() {
        String server = url.toLowerCase(Locale.ROOT).replace("//localhost", "//127.0.0.1");
        return "chroma %s %s %s".formatted(server, tenant, database);
    }

    /** Returns the address without the token. */
    @Override
    public String toString() {
        return "ChromaAddress[%s, %s, %s]".formatted(url, tenant, database);
    }
}
