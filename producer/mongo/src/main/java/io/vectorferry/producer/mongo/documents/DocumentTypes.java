package io.vectorferry.producer.mongo.documents;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import io.vectorferry.contracts.row.FieldType.Name;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * The types of the chosen fields' numbers, and of the elements of their arrays. A field's is settled by the documents
 * that exist when a generation begins, or else by the first ones that have it, and holds for the whole generation: so
 * {@code 1} beside {@code 0.95} is 1.0, and an empty array has the type of the others. Safe for any thread.
 */
public final class DocumentTypes {
    /** Suffix of a field's name for the type of its arrays' elements. */
    private static final String ELEMENTS = "[]";

    private static final Map<Name, List<BsonType>> NUMBERS = Map.of(
            Name.INT64, List.of(BsonType.INT32, BsonType.INT64),
            Name.REAL64, List.of(BsonType.DOUBLE),
            Name.DECIMAL, List.of(BsonType.DECIMAL128));

    /** Looked for only in fields that have arrays: elsewhere each has its one type. */
    private static final Map<Name, List<BsonType>> OTHERS = Map.of(
            Name.TEXT, List.of(BsonType.STRING, BsonType.OBJECT_ID),
            Name.BOOL, List.of(BsonType.BOOLEAN),
            Name.TIMESTAMPTZ, List.of(BsonType.DATE_TIME),
            Name.BYTES, List.of(BsonType.BINARY),
            Name.JSON, List.of(BsonType.DOCUMENT));

    private final List<String> fields;
    private final Map<String, Name> settled;

    private DocumentTypes(List<String> fields, Map<String, Name> settled) {
        this.fields = List.copyOf(fields);
        this.settled = new ConcurrentHashMap<>(settled);
    }

    public static DocumentTypes none(List<String> fields) {
        return new DocumentTypes(fields, Map.of());
    }

    public static DocumentTypes recorded(List<String> fields, Map<String, Name> settled) {
        return new DocumentTypes(fields, settled);
    }

    /**
     * Returns the types of the collection's documents as they are now. Asks for a document that has a field with a
     * type not seen yet, until there is none: a query for each kind that is found, which ends there, and one that
     * reads the collection to its end.
     */
    public static DocumentTypes observed(
            List<String> fields, MongoCollection<BsonDocument> documents, Bson projection) {
        Observation all = new Observation(fields);
        for (@Nullable BsonDocument next = all.next(documents, projection);
                next != null;
                next = all.next(documents, projection)) {
            if (!all.observe(next)) {
                all.giveUpUnshown(documents, projection);
            }
        }
        DocumentTypes types = none(fields);
        types.settle(all);
        return types;
    }

    /** Settles what these documents are the first to show. Returns whether there was something. */
    public boolean settle(Iterable<BsonDocument> documents) {
        Observation seen = new Observation(fields);
        documents.forEach(seen::observe);
        return settle(seen);
    }

    private boolean settle(Observation seen) {
        boolean any = false;
        for (Map.Entry<String, Set<Name>> one : seen.found.entrySet()) {
            any |= settled.putIfAbsent(one.getKey(), only(one.getValue())) == null;
        }
        return any;
    }

    /** Several number types are one; of others, the first is used for the empty arrays. */
    private static Name only(Set<Name> types) {
        Set<Name> numbers = EnumSet.copyOf(types);
        numbers.removeIf(type -> !BsonFields.Numbers.isNumber(type));
        return numbers.isEmpty() ? types.iterator().next() : BsonFields.Numbers.widest(numbers);
    }

    /** The type of the field's numbers. */
    Optional<Name> numbersOf(String field) {
        return Optional.ofNullable(settled.get(field));
    }

    /** The type of the elements of the field's arrays; JSON where they are subdocuments. */
    Optional<Name> elementsOf(String field) {
        return Optional.ofNullable(settled.get(field + ELEMENTS));
    }

    public Map<String, Name> settled() {
        return new TreeMap<>(settled);
    }

    /** The types that documents have shown. For one thread. */
    private static final class Observation {
        private final List<String> fields;
        private final Map<String, Set<Name>> found = new LinkedHashMap<>();
        private final Map<String, Set<Name>> missing = new HashMap<>();
        private final Set<String> withoutArray;

        Observation(List<String> fields) {
            this.fields = fields;
            this.withoutArray = new HashSet<>(fields);
            fields.forEach(field -> missing.put(field, EnumSet.copyOf(NUMBERS.keySet())));
        }

        /** A document that has a field in a kind that was not seen in it. */
        @Nullable
        BsonDocument next(MongoCollection<BsonDocument> documents, Bson projection) {
            List<Bson> wanted = new ArrayList<>();
            withoutArray.forEach(field -> wanted.add(has(field, BsonType.ARRAY)));
            missing.forEach((field, kinds) -> kinds.forEach(kind -> wanted.addAll(has(field, kind))));
            return first(documents, projection, wanted);
        }

        /**
         * Called after a document in which the server sees a type that we do not see: each kind is asked for by
         * itself, and what its document does not show either is not asked for again.
         */
        void giveUpUnshown(MongoCollection<BsonDocument> documents, Bson projection) {
            for (String field : List.copyOf(withoutArray)) {
                observeIfAny(first(documents, projection, List.of(has(field, BsonType.ARRAY))));
                withoutArray.remove(field);
            }
            for (String field : List.copyOf(missing.keySet())) {
                for (Name kind : List.copyOf(unseen(field))) {
                    observeIfAny(first(documents, projection, has(field, kind)));
                    unseen(field).remove(kind);
                }
            }
        }

        private void observeIfAny(@Nullable BsonDocument document) {
            if (document != null) {
                observe(document);
            }
        }

        private static @Nullable BsonDocument first(
                MongoCollection<BsonDocument> documents, Bson projection, List<Bson> wanted) {
            return wanted.isEmpty()
                    ? null
                    : documents
                            .find(Filters.or(wanted))
                            .projection(projection)
                            .limit(1)
                            .first();
        }

        private static List<Bson> has(String field, Name kind) {
            return stored(kind).stream().map(type -> has(field, type)).toList();
        }

        /** MongoDB looks for {@code meta.page} in each element of an array {@code meta} too, where a row has no field. */
        private static Bson has(String field, BsonType type) {
            List<Bson> all = new ArrayList<>(List.of(Filters.type(field, type)));
            for (int dot = field.indexOf('.'); dot >= 0; dot = field.indexOf('.', dot + 1)) {
                all.add(Filters.not(Filters.type(field.substring(0, dot), BsonType.ARRAY)));
            }
            return Filters.and(all);
        }

        private static List<BsonType> stored(Name kind) {
            return NUMBERS.getOrDefault(kind, OTHERS.getOrDefault(kind, List.of()));
        }

        /** Returns whether a kind was seen for the first time. */
        boolean observe(BsonDocument document) {
            boolean isNew = false;
            for (String field : fields) {
                BsonValue value = DocumentRows.at(document, field).orElse(BsonNull.VALUE);
                if (value.isArray()) {
                    isNew |= observe(field, value.asArray());
                } else if (value.isNumber()) {
                    isNew |= see(field, field, BsonFields.Numbers.kindOf(value));
                } else if (!value.isNull()) {
                    isNew |= unseen(field).remove(storedKind(BsonFields.kindOf(value)));
                }
            }
            return isNew;
        }

        private boolean observe(String field, BsonArray array) {
            boolean isNew = withoutArray.remove(field);
            if (isNew) {
                unseen(field).addAll(OTHERS.keySet());
            }
            for (BsonValue item : array) {
                if (!item.isNull()) {
                    isNew |= see(field, field + ELEMENTS, BsonFields.kindOf(item));
                }
            }
            return isNew;
        }

        private boolean see(String field, String as, Name kind) {
            found.computeIfAbsent(as, name -> EnumSet.noneOf(Name.class)).add(kind);
            return unseen(field).remove(storedKind(kind));
        }

        private static Name storedKind(Name kind) {
            return kind == Name.UUID ? Name.BYTES : kind;
        }

        private Set<Name> unseen(String field) {
            return missing.computeIfAbsent(field, name -> EnumSet.noneOf(Name.class));
        }
    }
}
