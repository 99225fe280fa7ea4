package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.Updates;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.mongo.references.MongoReferences;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReferencesTest {
    private static final int DOCUMENTS = 600; // more than a page

    private MongoServer server = MongoServer.startOrNamed();
    private MongoCollection<BsonDocument> documents = server.collection("dataset_datas");

    @BeforeEach
    void start() {
        documents = server.collection("dataset_datas");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void everyReferenceIsGivenItsNewIdAndIsNotedInTheMappings() {
        insert(1, "a", "b");
        insert(2, "c");

        ReferencesReport report = references().apply(uuids("a", "b", "c"));

        assertThat(report).isEqualTo(new ReferencesReport(2, 3, 3, 0, 0, 0));
        assertThat(of(1)).containsExactly(text("new-a"), text("new-b"));
        assertThat(of(2)).containsExactly(text("new-c"));
        BsonDocument mapping = mapping("a");
        assertThat(mapping.get("newId")).isEqualTo(text("new-a"));
        assertThat(mapping.get("datasetId")).isEqualTo(text("set-1"));
        assertThat(mapping.isDateTime("migratedAt")).isTrue();
    }

    @Test
    void aPreviewSaysTheSameAndWritesNothing() {
        insert(1, "a", "nobody");
        List<BsonDocument> before = all();

        ReferencesReport report = references().preview(uuids("a"));

        assertThat(report).isEqualTo(new ReferencesReport(1, 2, 1, 0, 1, 0));
        assertThat(all()).isEqualTo(before);
        assertThat(server.collection("vector_id_mappings").countDocuments()).isZero();
    }

    @Test
    void whatIsBesideTheReferenceStaysAsItIs() {
        documents.insertOne(
                BsonDocument.parse(
                        "{_id: 1, datasetId: 's', q: 'why', indexes: [{dataId: 'a', text: 't', type: 'default'}, {text: 'none'}]}"));

        references().apply(uuids("a"));

        assertThat(all())
                .containsExactly(
                        BsonDocument.parse(
                                "{_id: 1, datasetId: 's', q: 'why', indexes: [{dataId: 'new-a', text: 't', type: 'default'}, {text: 'none'}]}"));
    }

    @Test
    void numbersThatAreOldAndNewIdsAtOnceAreNotRewrittenTwice() {
        documents.insertOne(BsonDocument.parse("{_id: 1, indexes: [{dataId: 1}, {dataId: 2}]}"));
        documents.insertOne(BsonDocument.parse("{_id: 2, indexes: [{dataId: '2'}, {dataId: '3'}]}"));
        NewIds around = numbers(Map.of("1", 2L, "2", 3L, "3", 1L));

        references().apply(around);
        ReferencesReport again = references().apply(around);

        assertThat(of(1)).containsExactly(new BsonInt64(2), new BsonInt64(3));
        assertThat(of(2)).containsExactly(text("3"), text("1"));
        assertThat(again).isEqualTo(new ReferencesReport(2, 4, 0, 4, 0, 0));
    }

    @Test
    void revertingRestoresEveryDocumentExactlyAndLeavesNoMapping() {
        documents.insertOne(BsonDocument.parse("{_id: 'x', indexes: [{dataId: 1}, {dataId: 2}, {dataId: '2'}]}"));
        documents.insertOne(BsonDocument.parse("{_id: 7, indexes: [{dataId: {$numberLong: '2'}}]}"));
        List<BsonDocument> before = all();
        references().apply(numbers(Map.of("1", 2L, "2", 1L)));
        assertThat(all()).isNotEqualTo(before);

        ReferencesReport report = references().revert();

        assertThat(all()).isEqualTo(before);
        assertThat(report.changed()).isEqualTo(4);
        assertThat(server.collection("vector_id_mappings").countDocuments()).isZero();
    }

    @Test
    void whatTheApplicationEditedAfterwardsIsNotOverwrittenByARevert() {
        insert(1, "a", "b");
        references().apply(uuids("a", "b"));
        documents.updateOne(Filters.eq("_id", new BsonInt32(1)), Updates.set("indexes.0.dataId", "mine"));

        ReferencesReport report = references().revert();

        assertThat(of(1)).containsExactly(text("mine"), text("b"));
        assertThat(report.edited()).isEqualTo(1);
    }

    @Test
    void anElementThatWasMovedWithinItsDocumentIsRevertedWhereItIs() {
        insert(1, "a", "b");
        references().apply(uuids("a", "b"));
        documents.updateOne(
                Filters.eq("_id", new BsonInt32(1)),
                Updates.pull("indexes", new BsonDocument("dataId", text("new-a"))));

        ReferencesReport report = references().revert();

        assertThat(of(1)).containsExactly(text("b"));
        assertThat(report.edited()).isEqualTo(1);
    }

    /** Kinds meet within a page of 500, and each of them takes more than one. */
    @Test
    void documentsWhoseIdsAreOfSeveralKindsAreReadOnceEach() {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        List<BsonDocument> many = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            BsonValue id =
                    switch (i % 6) {
                        case 0 -> new BsonInt32(i);
                        case 1 -> text("t" + i);
                        case 2 -> new BsonObjectId(new ObjectId("%024x".formatted(i)));
                        case 3 -> new BsonDouble(i + 0.5);
                        case 4 -> new BsonDateTime(i);
                        default -> new BsonInt64(i);
                    };
            many.add(new BsonDocument("_id", id)
                    .append(
                            "indexes",
                            BsonDocument.parse("{a: [{dataId: 'r%d'}, {dataId: 'r%d'}]}".formatted(i, i))
                                    .get("a")));
            ids.put("r" + i, new TargetKey.NumberId(i + 1L));
        }
        Collections.shuffle(many, new Random(5));
        documents.insertMany(many);
        ReferencesReport all = new ReferencesReport(DOCUMENTS, 2 * DOCUMENTS, 2 * DOCUMENTS, 0, 0, 0);

        assertThat(references().preview(new NewIds(ids))).isEqualTo(all);
        assertThat(references().apply(new NewIds(ids))).isEqualTo(all);
        assertThat(references().revert()).isEqualTo(all);
    }

    /** 103 documents were reported as 157. */
    @Test
    void aPageInWhichTwoKindsOfIdsMeetIsCountedOnce() {
        for (int i = 0; i < 54; i++) {
            insert(i, "a");
        }
        for (int i = 0; i < 49; i++) {
            documents.insertOne(BsonDocument.parse("{_id: 'x%d', indexes: [{dataId: 'a'}]}".formatted(i)));
        }

        assertThat(references().preview(uuids("a"))).isEqualTo(new ReferencesReport(103, 103, 103, 0, 0, 0));
    }

    @Test
    void aReferenceIsRewrittenInWhicheverKindAndShapeItIsStored() {
        documents.insertOne(
                BsonDocument.parse("{_id: 1, indexes: [{dataId: 11.0}, {dataId: {$numberDecimal: '12'}}]}"));
        documents.insertOne(BsonDocument.parse("{_id: 2, indexes: {dataId: '13'}}"));

        ReferencesReport report = references().apply(numbers(Map.of("11", 21L, "12", 22L, "13", 23L)));

        assertThat(report).isEqualTo(new ReferencesReport(2, 3, 3, 0, 0, 0));
        assertThat(of(1)).containsExactly(new BsonInt64(21), new BsonInt64(22));
        assertThat(of(2)).containsExactly(text("23"));
        references().revert();
        assertThat(of(1)).containsExactly(new BsonDouble(11), new BsonDecimal128(Decimal128.parse("12")));
        assertThat(of(2)).containsExactly(text("13"));
    }

    private MongoReferences references() {
        return new MongoReferences(new MongoConfig(
                server.uri(),
                MongoServer.DATABASE,
                "dataset_datas",
                Reference.Path.parse("indexes[].dataId"),
                List.of(),
                "vector_id_mappings",
                "datasetId"));
    }

    private void insert(int id, String... references) {
        BsonDocument document = BsonDocument.parse("{_id: %d, datasetId: 'set-%d', indexes: []}".formatted(id, id));
        for (String reference : references) {
            document.getArray("indexes").add(new BsonDocument("dataId", text(reference)));
        }
        documents.insertOne(document);
    }

    private List<BsonValue> of(int id) {
        BsonDocument document = documents.find(Filters.eq("_id", id)).first();
        assertThat(document).isNotNull();
        return Reference.Path.parse("indexes[].dataId").in(document).stream()
                .map(Reference::value)
                .toList();
    }

    private List<BsonDocument> all() {
        return documents.find().sort(Sorts.ascending("_id")).into(new ArrayList<>());
    }

    private BsonDocument mapping(String old) {
        BsonDocument found = server.collection("vector_id_mappings")
                .find(Filters.eq("oldId", old))
                .first();
        assertThat(found).isNotNull();
        return found;
    }

    private static NewIds uuids(String... old) {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        for (String id : old) {
            ids.put(id, new TargetKey.TextId("new-" + id));
        }
        return new NewIds(ids);
    }

    private static NewIds numbers(Map<String, Long> byOld) {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        byOld.forEach((old, id) -> ids.put(old, new TargetKey.NumberId(id)));
        return new NewIds(ids);
    }

    private static BsonString text(String value) {
        return new BsonString(value);
    }
}
