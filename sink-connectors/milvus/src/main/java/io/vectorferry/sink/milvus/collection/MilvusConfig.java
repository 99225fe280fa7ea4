package io.vectorferry.sink.milvus.collection;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.ServerAddress;
import java.util.List;
import java.util.Optional;

/**
 * The {@code milvus:} section of a target.
 *
 * @param collection may hold {@code ${collection}}
 * @param alias what applications read by, may hold {@code ${collection}}; {@code promote} swaps it
 * @param vector of a row with several, the one that the collection has; empty: all of them
 * @param typed payload columns with a field of their own even where a field cannot be NULL
 * @param partitionKey one of the payload columns, never NULL
 * @param shards of a collection that is made
 */
public record MilvusConfig(
        ServerAddress server,
        String collection,
        Optional<String> alias,
        Optional<String> vector,
        IndexConfig index,
        List<String> typed,
        Optional<String> partitionKey,
        int shards,
        WriteLimits write) {
    public static final String COLLECTION = "${collection}";

    public MilvusConfig {
        typed = List.copyOf(typed);
    }

    public static MilvusConfig of(String uri, String collection) {
        return new MilvusConfig(
                ServerAddress.of(uri),
                collection,
                Optional.empty(),
                Optional.empty(),
                IndexConfig.defaults(),
                List.of(),
                Optional.empty(),
                1,
                WriteLimits.defaults());
    }

    public static MilvusConfig from(Section section) {
        MilvusConfig config = new MilvusConfig(
                ServerAddress.from(section),
                section.text("collection", COLLECTION),
                section.optionalText("alias"),
                section.optionalText("vector"),
                IndexConfig.from(section.sectionOrEmpty("index")),
                section.texts("typed"),
                section.optionalText("partitionKey"),
                section.integer("shards", 1, 1, 64),
                WriteLimits.from(section.sectionOrEmpty("write")));
        if (config.alias().filter(config.collection()::equals).isPresent()) {
            section.problem("alias", "must differ from collection, because it is another name for it");
        }
        section.done();
        return config;
    }

    /** The collection that a source's collection goes to. */
    public String collectionOf(String source) {
        return resolved(collection, source);
    }

    /** The source's collection where each has one of its own; empty where all share one. */
    public Optional<String> owner(String source) {
        return collection.contains(COLLECTION) ? Optional.of(source) : Optional.empty();
    }

    public Optional<String> aliasOf(String source) {
        return alias.map(name -> resolved(name, source));
    }

    /** Whether each of the source's collections has an alias of its own. */
    public boolean hasAliasEach() {
        return alias.filter(name -> name.contains(COLLECTION)).isPresent();
    }

    /** Whether the user wants this column to have a field of its own at any price. */
    boolean isTyped(String column) {
        return typed.contains(column) || partitionKey.filter(column::equals).isPresent();
    }

    private static String resolved(String name, String source) {
        String plain = source.startsWith("public.") ? source.substring("public.".length()) : source;
        return name.replace(COLLECTION, FieldNames.legal(plain));
    }
}
