package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.mongo.documents.BsonFields;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonDateTime;
import org.bson.BsonDbPointer;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the values of documents, without a server. */
class DocumentValuesTest {
    private static final DocumentJoin JOIN = new DocumentJoin(
            "docs", "indexes[].dataId", Optional.of(DocumentJoin.KeyKind.INTEGER), DocumentJoin.Sides.TWO_SOURCES);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void wholeBesideFractionalNumbersAndEmptyArraysHaveTheTypeOfTheOthers(boolean turnedRound) {
        List<BsonDocument> documents = new ArrayList<>(List.of(
                BsonDocument.parse("{_id: 1, tags: [], pages: [], score: 1}"),
                BsonDocument.parse("{_id: 2, tags: ['a'], pages: [7, 8], score: 0.95}"),
                BsonDocument.parse("{_id: 3, tags: ['a', null], pages: [9], score: 2}")));
        if (turnedRound) {
            Collections.reverse(documents);
        }
        Map<Integer, List<Field>> fields = fields(documents, "tags", "pages", "score");

        assertThat(fields.get(1))
                .containsExactly(
                        list("tags", Name.TEXT),
                        list("pages", Name.INT64),
                        field("score", Name.REAL64, new Value.Real64(1)));
        assertThat(fields.get(2))
                .containsExactly(
                        list("tags", Name.TEXT, new Value.Text("a")),
                        list("pages", Name.INT64, new Value.Whole(7), new Value.Whole(8)),
                        field("score", Name.REAL64, new Value.Real64(0.95)));
        assertThat(fields.get(3))
                .containsExactly(
                        list("tags", Name.TEXT, new Value.Text("a"), Value.NULL),
                        list("pages", Name.INT64, new Value.Whole(9)),
                        field("score", Name.REAL64, new Value.Real64(2)));
    }

    @Test
    void theNumbersOfAFieldHaveOneTypeThatHoldsThem() {
        Map<Integer, List<Field>> fields = fields(
                List.of(
                        BsonDocument.parse("{_id: 1, whole: 5, money: 1, mixed: [1, 2.5], lists: [1]}"),
                        BsonDocument.parse(
                                "{_id: 2, whole: {$numberLong: '5000000000'}, money: 0.1, mixed: [3], lists: [0.5]}"),
                        BsonDocument.parse("{_id: 3, money: {$numberDecimal: '0.10'}, mixed: [], lists: [null]}")),
                "whole",
                "money",
                "mixed",
                "lists");

        assertThat(fields.get(1))
                .containsExactly(
                        field("whole", Name.INT64, new Value.Whole(5)),
                        field("money", Name.DECIMAL, new Value.Text("1")),
                        list("mixed", Name.REAL64, new Value.Real64(1), new Value.Real64(2.5)),
                        list("lists", Name.REAL64, new Value.Real64(1)));
        assertThat(fields.get(2))
                .containsExactly(
                        field("whole", Name.INT64, new Value.Whole(5_000_000_000L)),
                        field("money", Name.DECIMAL, new Value.Text("0.1")),
                        list("mixed", Name.REAL64, new Value.Real64(3)),
                        list("lists", Name.REAL64, new Value.Real64(0.5)));
        assertThat(fields.get(3))
                .containsExactly(
                        field("money", Name.DECIMAL, new Value.Text("0.10")),
                        list("mixed", Name.REAL64),
                        list("lists", Name.REAL64, Value.NULL));
    }

    /** In one round of the change stream. */
    @Test
    void documentsThatAreTheFirstToHaveAFieldSettleItTogether() {
        DocumentTypes types = DocumentTypes.none(List.of("n", "tags"));
        types.settle(List.of(BsonDocument.parse("{tags: []}")));
        assertThat(types.settle(List.of(BsonDocument.parse("{n: 1}"), BsonDocument.parse("{n: 0.95, tags: ['a']}"))))
                .isTrue();

        assertThat(types.settled()).isEqualTo(Map.of("n", Name.REAL64, "tags[]", Name.TEXT));
        assertThat(types.settle(List.of(BsonDocument.parse("{n: {$numberDecimal: '1'}}"))))
                .isFalse();
    }

    @Test
    void aTypeThatIsSettledStandsAndANumberThatItCannotHoldKeepsItsOwn() {
        DocumentTypes types = DocumentTypes.none(List.of("n", "r"));
        types.settle(List.of(BsonDocument.parse("{n: 1, r: 0.5}")));
        types.settle(List.of(BsonDocument.parse("{n: 0.5, r: 1}")));
        BsonFields fields = new BsonFields(types);

        assertThat(fields.of("n", new BsonDouble(7))).contains(field("n", Name.INT64, new Value.Whole(7)));
        assertThat(fields.of("n", new BsonDouble(0.95))).contains(field("n", Name.REAL64, new Value.Real64(0.95)));
        assertThat(fields.of("r", new BsonInt64(1L << 60)))
                .contains(field("r", Name.REAL64, new Value.Real64(1L << 60)));
        assertThat(fields.of("r", new BsonInt64((1L << 60) + 1)))
                .contains(field("r", Name.INT64, new Value.Whole((1L << 60) + 1)));
        assertThat(fields.of("r", new BsonDouble(Double.NaN)))
                .contains(field("r", Name.REAL64, new Value.Real64(Double.NaN)));
    }

    @Test
    void anEmptyArrayOfWhichNobodyKnowsTheElementsHasNoType() {
        assertThat(new BsonFields(DocumentTypes.none(List.of("tags"))).of("tags", new BsonArray()))
                .isEmpty();
        assertThat(fields(
                                List.of(
                                        BsonDocument.parse("{_id: 1, tags: []}"),
                                        BsonDocument.parse("{_id: 2, tags: [{k: 1}]}")),
                                "tags")
                        .get(1))
                .containsExactly(field("tags", Name.JSON, new Value.Text("[]")));
    }

    @Test
    void aReferenceIsTheSameIdInEveryKindThatItIsStoredIn() {
        BsonDocument document = new BsonDocument("_id", new BsonInt32(1))
                .append(
                        "indexes",
                        new BsonArray(List.of(
                                reference(new BsonDouble(11)),
                                reference(new BsonString("12")),
                                reference(new BsonInt32(13)),
                                reference(new BsonInt64(14)),
                                reference(new BsonDecimal128(Decimal128.parse("15.0"))),
                                reference(new BsonDecimal128(Decimal128.parse("1.6E+1"))),
                                reference(new BsonDouble(-17)))));

        assertThat(rows("q").references(document)).containsExactly("11", "12", "13", "14", "15", "16", "-17");
    }

    @Test
    void oneObjectOrOneValueInsteadOfAnArrayIsAReferenceToo() {
        assertThat(rows("q").references(BsonDocument.parse("{indexes: {dataId: '11'}}")))
                .containsExactly("11");
        assertThat(rows("q").references(BsonDocument.parse("{indexes: [{dataId: ['11', 12.0, null]}]}")))
                .containsExactly("11", "12");
        assertThat(Reference.Path.parse("vectorIds[]").in(BsonDocument.parse("{vectorIds: 5}")))
                .containsExactly(new Reference("vectorIds", new BsonInt32(5)));
        assertThat(Reference.Path.parse("vectorId").in(BsonDocument.parse("{vectorId: [5]}")))
                .containsExactly(new Reference("vectorId.0", new BsonInt32(5)));
    }

    /** It is published, leads nowhere, and becomes an orphan. */
    @Test
    void aReferenceThatIsNoIdIsNotLeftOut() {
        UUID uuid = UUID.randomUUID();
        for (BsonValue odd : List.of(
                new BsonDouble(11.5),
                new BsonDouble(Double.NaN),
                new BsonDouble(1e300),
                new BsonDateTime(5),
                new BsonDocument("k", new BsonInt32(1)),
                new BsonMinKey(),
                new BsonBinary(uuid))) {
            assertThat(rows("q").references(new BsonDocument("indexes", reference(odd))))
                    .as(odd.toString())
                    .singleElement()
                    .satisfies(text -> assertThat(JOIN.key(text)).isEmpty());
        }
        assertThat(Reference.textOf(new BsonBinary(uuid))).isEqualTo(uuid.toString());
    }

    /** Never another exception, and never one that quotes the value. */
    @Test
    void everyKindOfValueIsPublishedOrRejectedByTheNameOfItsField() {
        List<String> rejected = new ArrayList<>();
        for (BsonValue value : extremes()) {
            DocumentTypes types = DocumentTypes.none(List.of("odd"));
            BsonDocument document = new BsonDocument("odd", value);
            types.settle(List.of(document));
            try {
                rows(types, "odd").row(document);
                rows(types, "odd").row(new BsonDocument("odd", new BsonArray(List.of(value, value))));
                rows(types, "odd").key(new BsonDocument("_id", value));
            } catch (FerryException e) {
                assertThat(e.kind()).isEqualTo(FerryException.Kind.REJECTED_RECORD);
                assertThat(e.errorType()).isEqualTo(ErrorType.DATA_CORRUPTION);
                assertThat(e).hasMessageContaining("field odd").hasMessageContaining("DATE_TIME");
                rejected.add(value.toString());
            }
        }
        assertThat(rejected).hasSize(2);
    }

    private static List<BsonValue> extremes() {
        BsonDocument deep = new BsonDocument();
        for (int depth = 0; depth < 98; depth++) { // MongoDB takes 100
            deep = new BsonDocument("d", deep);
        }
        return List.of(
                new BsonDateTime(Long.MIN_VALUE),
                new BsonDateTime(Long.MAX_VALUE),
                new BsonDateTime(-62_135_596_800_001L),
                new BsonDecimal128(Decimal128.NaN),
                new BsonDecimal128(Decimal128.NEGATIVE_INFINITY),
                new BsonDecimal128(Decimal128.NEGATIVE_ZERO),
                new BsonDecimal128(Decimal128.parse("9.999999999999999999999999999999999E+6144")),
                new BsonDecimal128(Decimal128.parse("1E-6176")),
                new BsonDouble(Double.NEGATIVE_INFINITY),
                new BsonDouble(-0.0),
                new BsonInt64(Long.MIN_VALUE),
                new BsonRegularExpression("(a|b)+", "i"),
                new BsonJavaScript("return 1"),
                new BsonJavaScriptWithScope("return x", new BsonDocument("x", new BsonInt32(1))),
                new BsonDbPointer("app.docs", new ObjectId()),
                BsonDocument.parse("{$ref: 'docs', $id: {$oid: '0123456789abcdef01234567'}, $db: 'app'}"),
                new BsonMinKey(),
                new BsonMaxKey(),
                new BsonTimestamp(-1),
                new BsonUndefined(),
                new BsonSymbol("s"),
                new BsonObjectId(),
                new BsonBinary(BsonBinarySubType.UUID_STANDARD, new byte[3]),
                new BsonBinary(BsonBinarySubType.UUID_LEGACY, new byte[16]),
                new BsonBinary((byte) 0x80, "own".getBytes(StandardCharsets.UTF_8)),
                new BsonString("x".repeat(16_000_000)),
                new BsonString("\ud800 \u0000 \ufffd"),
                new BsonArray(List.of(new BsonArray(List.of(new BsonInt32(1))))),
                deep);
    }

    private static BsonDocument reference(BsonValue id) {
        return new BsonDocument("dataId", id);
    }

    private static Map<Integer, List<Field>> fields(List<BsonDocument> documents, String... names) {
        DocumentTypes types = DocumentTypes.none(List.of(names));
        types.settle(documents);
        Map<Integer, List<Field>> fields = new TreeMap<>();
        documents.forEach(document -> fields.put(
                document.getInt32("_id").getValue(), rows(types, names).fields(document)));
        return fields;
    }

    private static DocumentRows rows(String... fields) {
        return rows(DocumentTypes.none(List.of(fields)), fields);
    }

    private static DocumentRows rows(DocumentTypes types, String... fields) {
        return new DocumentRows(
                new MongoConfig(
                        "mongodb://unused",
                        "app",
                        "docs",
                        Reference.Path.parse(JOIN.references()),
                        List.of(fields),
                        "vector_id_mappings",
                        "datasetId"),
                JOIN,
                types);
    }

    private static Field field(String name, Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }

    private static Field list(String name, Name type, Value... items) {
        return new Field(name, FieldType.listOf(type), new Value.Items(List.of(items)));
    }
}
