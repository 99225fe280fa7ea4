package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.stores.chroma.ChromaAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The {@code chroma:} section of a target.
 *
 * @param collection may hold {@code ${collection}}
 * @param space of a collection that is created; empty: the source's own, or cosine
 * @param index parameters of the HNSW index of a collection that is created, by Chroma's own names
 * @param vector the vector that goes into the collection if rows have several; empty: the first
 * @param document the text column that becomes the record's document
 */
public record ChromaTargetConfig(
        ChromaAddress address,
        String collection,
        Optional<Space> space,
        Map<String, Integer> index,
        Optional<String> vector,
        String document,
        WriteLimits write) {
    public static final String COLLECTION = "${collection}";

    /** Chroma's own rule, except for addresses such as {@code 10.0.0.1} and two dots, which it refuses, too. */
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,510}[A-Za-z0-9]");

    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

    private static final int MAX_PLAIN_CHARS = 480;

    /** The measure of Chroma's searches. */
    public enum Space {
        L2,
        COSINE,
        IP;

        static Space of(DistanceMetric metric) {
            return switch (metric) {
                case L2 -> L2;
                case COSINE -> COSINE;
                case DOT -> IP;
            };
        }

        DistanceMetric metric() {
            return switch (this) {
                case L2 -> DistanceMetric.L2;
                case COSINE -> DistanceMetric.COSINE;
                case IP -> DistanceMetric.DOT;
            };
        }

        /** Returns Chroma's name. */
        String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * How much one request carries.
     *
     * @param requestBytes well below the 40 MiB that a server takes by default
     * @param inFlight requests of one batch at once; a batch never has a key twice, so their order cannot matter
     */
    public record WriteLimits(int requestBytes, int requestRows, int inFlight) {
        static final int DEFAULT_REQUEST_BYTES = 8 << 20;
        static final int MAX_REQUEST_BYTES = 36 << 20;
        static final int DEFAULT_REQUEST_ROWS = 2_000;
        static final int DEFAULT_IN_FLIGHT = 2;

        static WriteLimits defaults() {
            return new WriteLimits(DEFAULT_REQUEST_BYTES, DEFAULT_REQUEST_ROWS, DEFAULT_IN_FLIGHT);
        }

        static WriteLimits from(Section section) {
            WriteLimits limits = new WriteLimits(
                    section.integer("requestBytes", DEFAULT_REQUEST_BYTES, 1 << 16, MAX_REQUEST_BYTES),
                    section.integer("requestRows", DEFAULT_REQUEST_ROWS, 1, 100_000),
                    section.integer("inFlight", DEFAULT_IN_FLIGHT, 1, 16));
            section.done();
            return limits;
        }
    }

    public ChromaTargetConfig {
        index = Map.copyOf(index);
    }

    public static ChromaTargetConfig from(Section section) {
        ChromaTargetConfig config = new ChromaTargetConfig(
                ChromaAddress.from(section),
                section.text("collection", COLLECTION),
                section.has("space")
                        ? Optional.of(section.choice("space", Space.class, Space.COSINE))
                        : Optional.empty(),
                index(section.sectionOrEmpty("index")),
                section.optionalText("vector"),
                section.text("document", "document"),
                WriteLimits.from(section.sectionOrEmpty("write")));
        section.done();
        return config;
    }

    /** Only what is configured, because the server's defaults may change. */
    private static Map<String, Integer> index(Section section) {
        Map<String, Integer> index = new TreeMap<>();
        put(index, section, "maxNeighbors", "max_neighbors", 2, 2_048);
        put(index, section, "efConstruction", "ef_construction", 1, 100_000);
        put(index, section, "efSearch", "ef_search", 1, 100_000);
        section.done();
        return index;
    }

    private static void put(Map<String, Integer> index, Section section, String key, String theirs, int min, int max) {
        if (section.has(key)) {
            index.put(theirs, section.integer(key, min, min, max));
        }
    }

    /** Returns the collection that a source's collection goes to. */
    String collectionOf(String source) {
        String plain = source.startsWith("public.") ? source.substring("public.".length()) : source;
        return legal(collection.replace(COLLECTION, plain));
    }

    /** Returns a name that Chroma allows: one that it does not has the CRC-32 of the original at its end, so that two names stay two. */
    static String legal(String name) {
        if (LEGAL.matcher(name).matches()
                && !name.contains("..")
                && !ADDRESS.matcher(name).matches()) {
            return name;
        }
        CRC32 sum = new CRC32();
        sum.update(name.getBytes(StandardCharsets.UTF_8));
        String plain = name.replaceAll("[^A-Za-z0-9_-]", "_").replaceAll("^[^A-Za-z0-9]+", "");
        return "%s_%08x"
                .formatted(
                        plain.isEmpty() ? "c" : plain.substring(0, Math.min(MAX_PLAIN_CHARS, plain.length())),
                        sum.getValue());
    }
}
