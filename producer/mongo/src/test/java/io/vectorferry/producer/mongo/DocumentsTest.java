package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.mongo.capture.DocumentChanges;
import io.vectorferry.producer.mongo.capture.DocumentProgress;
import io.vectorferry.producer.mongo.capture.WatchedCollection;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonDocumentReader;
import org.bson.BsonString;
import org.bson.codecs.DecoderContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private static final DocumentJoin JOIN = join("indexes[].dataId", DocumentJoin.KeyKind.INTEGER);

    private final MongoServer server = MongoServer.start();
    private final MongoConfig config = new MongoConfig(
            server.uri(),
            MongoServer.DATABASE,
            "docs",
            Reference.Path.parse("indexes[].dataId"),
            List.of("q", "team.id", "at", "tags", "extra", "absent"),
            "vector_id_mappings",
            "datasetId");
    private final MongoClient client = MongoClients.create(server.uri());
    private final WatchedCollection collection = new WatchedCollection(config, client);

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aDocumentIsPublishedWithItsChosenFieldsAndItsReferences() {
        DocumentRows rows = new DocumentRows(config, JOIN, DocumentTypes.none(config.fields()));
        BsonDocument document = BsonDocument.parse("""
                {_id: {$oid: '0123456789abcdef01234567'}, q: 'why', team: {id: 7}, tags: ['a', 'b'], not: 1,
                 at: {$date: {$numberLong: '1500'}}, extra: {k: [1, 'x']},
                 indexes: [{dataId: '11'}, {text: 'none'}, {dataId: {$numberLong: '12'}}, {dataId: '11'}]}""");

        assertThat(rows.key(document))
                .isEqualTo(new SourceKey("docs", List.of(new Value.Text("0123456789abcdef01234567"))));
        assertThat(rows.row(document))
                .isEqualTo(new Row(
                        null,
                        List.of(
                                new Field("q", FieldType.of(Name.TEXT), new Value.Text("why")),
                                new Field("team.id", FieldType.of(Name.INT64), new Value.Whole(7)),
                                new Field("at", FieldType.of(Name.TIMESTAMPTZ), new Value.Whole(1_500_000)),
                                new Field("tags", FieldType.listOf(Name.TEXT), texts("a", "b")),
                                new Field("extra", FieldType.of(Name.JSON), new Value.Text("{\"k\": [1, \"x\"]}")),
                                new Field("indexes[].dataId", FieldType.listOf(Name.TEXT), texts("11", "12")))));
    }

    @Test
    void aReferenceIsReadAsTheKindOfKeyThatTheVectorsHave() {
        assertThat(JOIN.key("42")).contains(List.of(new Value.Whole(42)));
        assertThat(JOIN.key("9223372036854775807")).contains(List.of(new Value.Whole(Long.MAX_VALUE)));
        assertThat(JOIN.key("9223372036854775808")).isEmpty();
        assertThat(JOIN.key("042")).isEmpty();
        assertThat(join("x", DocumentJoin.KeyKind.TEXT).key("042")).contains(List.of(new Value.Text("042")));
    }

    @Test
    void changesAreReadFromARecordedPlaceAndFromAResumeTokenOn() {
        DocumentProgress.Place start = DocumentProgress.Place.at(collection.now());
        var documents = server.collection("docs");
        documents.insertOne(BsonDocument.parse("{_id: 1, q: 'one'}"));
        documents.updateOne(Filters.eq("_id", 1), Updates.set("q", "two"));
        documents.deleteOne(Filters.eq("_id", 1));

        List<ChangeStreamDocument<BsonDocument>> all = read(start);
        assertThat(all)
                .extracting(ChangeStreamDocument::getOperationType)
                .containsExactly(OperationType.INSERT, OperationType.UPDATE, OperationType.DELETE);

        BsonDocument afterInsert = all.getFirst().getResumeToken();
        assertThat(read(new DocumentProgress.Place(start.time(), 0, Optional.of(afterInsert))))
                .extracting(ChangeStreamDocument::getOperationType)
                .containsExactly(OperationType.UPDATE, OperationType.DELETE);
    }

    @Test
    void aChangeIsAskedForWithoutWhatIsNotPublished() {
        DocumentProgress.Place start = DocumentProgress.Place.at(collection.now());
        server.collection("docs")
                .insertOne(
                        BsonDocument.parse(
                                "{_id: 1, q: 'one', large: 'unread', team: {id: 7, name: 'x'}, indexes: [{dataId: '11', text: 't'}]}"));

        assertThat(read(start)).singleElement().satisfies(event -> {
            BsonDocument document = java.util.Objects.requireNonNull(event.getFullDocument());
            assertThat(document.keySet()).containsExactlyInAnyOrder("_id", "q", "team", "indexes");
            assertThat(document.getDocument("team").keySet()).containsExactly("id");
            assertThat(document.toJson()).doesNotContain("text");
            // The stand-in projects an array of subdocuments into one subdocument of arrays, MongoDB does not.
            assertThat(new DocumentRows(config, JOIN, DocumentTypes.none(config.fields())).references(document))
                    .containsExactly("11");
        });
    }

    /** MongoDB's $type looks into arrays, and a UUID is a binary. */
    @Test
    void aDocumentThatShowsNothingOfWhatItWasAskedForEndsNoSearchForTypes() {
        List<String> fields = List.of("meta.page", "ids", "score");
        List.of(
                        "{_id: 1, meta: [{page: 1}], score: 1}",
                        "{_id: 2, ids: ['x']}",
                        "{_id: 3, ids: {$uuid: '11111111-2222-3333-4444-555555555555'}}",
                        "{_id: 4, meta: {page: 7}}",
                        "{_id: 5, score: 0.5}")
                .forEach(document -> server.collection("docs").insertOne(BsonDocument.parse(document)));

        assertThat(DocumentTypes.observed(fields, server.collection("docs"), Projections.include(fields))
                        .settled())
                .isEqualTo(Map.of("meta.page", Name.INT64, "ids[]", Name.TEXT, "score", Name.REAL64));
    }

    /** A stand-in for the cursor: no server that is at hand splits an event. */
    @Test
    void aStreamIsNotReadToItsEndBetweenTwoFragmentsOfAnEventOfAStandIn() {
        Deque<String> answers = new ArrayDeque<>(List.of(
                "{_id: {_data: '1'}, operationType: 'insert', documentKey: {_id: 1}, splitEvent: {fragment: 1, of: 2}}",
                "",
                "{_id: {_data: '2'}, fullDocument: {_id: 1, q: 'one'}, splitEvent: {fragment: 2, of: 2}}"));
        DocumentChanges.Events events = new DocumentChanges.Events(() -> event(answers.remove()), () -> null);

        assertThat(events.next()).isNull();
        assertThat(events.isWithinEvent()).isTrue();
        assertThat(events.next()).satisfies(event -> {
            assertThat(java.util.Objects.requireNonNull(event).document())
                    .isEqualTo(BsonDocument.parse("{_id: 1, q: 'one'}"));
            assertThat(event.type()).isEqualTo(OperationType.INSERT);
        });
        assertThat(events.isWithinEvent()).isFalse();
    }

    private static @Nullable ChangeStreamDocument<BsonDocument> event(String text) {
        return text.isEmpty()
                ? null
                : ChangeStreamDocument.createCodec(BsonDocument.class, MongoClientSettings.getDefaultCodecRegistry())
                        .decode(
                                new BsonDocumentReader(BsonDocument.parse(text)),
                                DecoderContext.builder().build());
    }

    @Test
    void aLargeChangeIsSplitWhereTheServerCan() {
        assertThat(WatchedCollection.splitsLargeEvents(List.of(5, 0, 31))).isFalse();
        assertThat(WatchedCollection.splitsLargeEvents(List.of(6, 0, 8))).isFalse();
        assertThat(WatchedCollection.splitsLargeEvents(List.of(6, 0, 9))).isTrue();
        assertThat(WatchedCollection.splitsLargeEvents(List.of(6, 3, 1))).isFalse();
        assertThat(WatchedCollection.splitsLargeEvents(List.of(7, 0, 0, 0))).isTrue();
        assertThat(WatchedCollection.splitsLargeEvents(List.of(8, 2, 0))).isTrue();
    }

    @Test
    void aNotedRewriteKeepsTheProducerFromPublishing() {
        collection.checkNotRewritten();
        server.collection("vector_id_mappings").insertOne(new BsonDocument("_id", new BsonString("x")));

        assertThatThrownBy(collection::checkNotRewritten)
                .isInstanceOf(FerryException.class)
                .extracting(e -> ((FerryException) e).remedy())
                .asString()
                .contains("--revert");
    }

    @Test
    void pagesGoOnWhereAnEarlierReadingEnded() {
        for (int i = 0; i < 5; i++) {
            server.collection("docs").insertOne(BsonDocument.parse("{_id: %d}".formatted(i)));
        }
        DocumentPages pages = collection.pages(2);
        pages.startAfter(new org.bson.BsonInt32(1));

        List<Integer> ids = new ArrayList<>();
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            page.forEach(document -> ids.add(document.getInt32("_id").getValue()));
        }

        assertThat(ids).containsExactly(2, 3, 4);
    }

    private List<ChangeStreamDocument<BsonDocument>> read(DocumentProgress.Place place) {
        List<ChangeStreamDocument<BsonDocument>> events = new ArrayList<>();
        try (var cursor = collection.changesSince(place)) {
            for (var event = cursor.tryNext(); event != null; event = cursor.tryNext()) {
                events.add(event);
            }
        }
        return events;
    }

    private static Value texts(String... texts) {
        List<Value> items = new ArrayList<>();
        for (String text : texts) {
            items.add(new Value.Text(text));
        }
        return new Value.Items(items);
    }

    private static DocumentJoin join(String references, DocumentJoin.KeyKind keys) {
        return new DocumentJoin("docs", references, Optional.of(keys), DocumentJoin.Sides.TWO_SOURCES);
    }
}
