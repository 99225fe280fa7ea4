package io.vectorferry.producer.mongo.references;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.ReferencesReport;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonUndefined;
import org.bson.BsonValue;

/** The references in the documents of one collection. */
public final class MongoReferences implements References {
    /** Documents, or journal entries, of one round of reading, noting, updating and confirming. */
    private static final int PAGE = 500;

    private final MongoConfig config;

    public MongoReferences(MongoConfig config) {
        this.config = config;
    }

    private record Collections(
            MongoCollection<BsonDocument> documents, ReferenceUpdates updates, RewriteJournal journal) {}

    @Override
    public ReferencesReport preview(NewIds ids) {
        return with(on -> {
            RewriteRun run = new RewriteRun(config, on.updates(), on.journal(), ids);
            return page(on, run::preview);
        });
    }

    @Override
    public ReferencesReport apply(NewIds ids) {
        return with(on -> {
            on.journal().ensureIndex();
            RewriteRun run = new RewriteRun(config, on.updates(), on.journal(), ids);
            return page(on, run::apply);
        });
    }

    @Override
    public ReferencesReport revert() {
        return with(on -> {
            RevertRun run = new RevertRun(config, on.updates(), on.journal());
            ReferencesReport report = ReferencesReport.NONE;
            String last = "";
            BsonValue document = new BsonUndefined(); // no id is
            for (List<RewriteJournal.Entry> page = on.journal().page(last, PAGE);
                    !page.isEmpty();
                    page = on.journal().page(last, PAGE)) {
                report = report.plus(run.revert(page, document));
                last = page.getLast().key().getValue();
                document = page.getLast().document();
            }
            return report;
        });
    }

    private ReferencesReport page(Collections on, Function<Map<BsonValue, BsonDocument>, ReferencesReport> each) {
        DocumentPages pages = new DocumentPages(on.documents(), on.updates().projection(), PAGE);
        ReferencesReport report = ReferencesReport.NONE;
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            Map<BsonValue, BsonDocument> byId = new HashMap<>();
            page.forEach(document -> byId.put(document.get("_id", BsonNull.VALUE), document));
            report = report.plus(each.apply(byId));
        }
        return report;
    }

    private ReferencesReport with(Function<Collections, ReferencesReport> work) {
        try (MongoClient client = config.open(new PendingAnswers())) {
            MongoDatabase database = client.getDatabase(config.database());
            MongoCollection<BsonDocument> documents = database.getCollection(config.collection(), BsonDocument.class);
            return work.apply(new Collections(
                    documents,
                    new ReferenceUpdates(documents, config),
                    new RewriteJournal(
                            database.getCollection(config.mappings(), BsonDocument.class), Clock.systemUTC())));
        } catch (MongoException e) {
            throw FerryException.retryable(
                    "MongoDB rejected an operation on %s.%s: %s; what was done is recorded in %s, so run the command again"
                            .formatted(config.database(), config.collection(), e.getMessage(), config.mappings()),
                    e);
        }
    }
}
