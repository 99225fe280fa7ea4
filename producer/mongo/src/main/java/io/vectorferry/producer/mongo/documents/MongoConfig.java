package io.vectorferry.producer.mongo.documents;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Projections;
import com.mongodb.event.CommandFailedEvent;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import com.mongodb.event.CommandSucceededEvent;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bson.conversions.Bson;

/**
 * {@code source.mongo}.
 *
 * @param uri may hold a password: never printed
 * @param mappings the collection in which rewritten references are noted
 * @param dataset the document's field that names its data set, noted with each rewritten reference
 */
public record MongoConfig(
        String uri,
        String database,
        String collection,
        Reference.Path references,
        List<String> fields,
        String mappings,
        String dataset) {
    /** A query without an index may legally take minutes; {@code socketTimeoutMS} in the URI wins. */
    private static final Duration LONGEST_ANSWER = Duration.ofMinutes(10);

    public MongoConfig {
        fields = List.copyOf(fields);
    }

    /** The caller reads {@code vectors} and then ends the section. */
    public static MongoConfig from(Section section, DocumentJoin join) {
        return new MongoConfig(
                uri(section),
                section.text("database"),
                join.collection(),
                references(section, join),
                fields(section),
                section.text("mappings", "vector_id_mappings"),
                section.text("dataset", "datasetId"));
    }

    /** Opens a client, whose open questions are noted. */
    public MongoClient open(PendingAnswers awaited) {
        ConnectionString given = new ConnectionString(uri);
        MongoClientSettings.Builder settings = MongoClientSettings.builder().applyConnectionString(given);
        if (given.getSocketTimeout() == null) {
            settings.applyToSocketSettings(socket -> socket.readTimeout(LONGEST_ANSWER.toSeconds(), TimeUnit.SECONDS));
        }
        String hosts = String.join(",", given.getHosts());
        settings.addCommandListener(new CommandListener() {
            @Override
            public void commandStarted(CommandStartedEvent event) {
                awaited.asked(event.getRequestId(), "%s of MongoDB at %s".formatted(event.getCommandName(), hosts));
            }

            @Override
            public void commandSucceeded(CommandSucceededEvent event) {
                awaited.ended(event.getRequestId());
            }

            @Override
            public void commandFailed(CommandFailedEvent event) {
                awaited.ended(event.getRequestId());
            }
        });
        return MongoClients.create(settings.build());
    }

    /** Returns the projection of a document for the producer. */
    public Bson published() {
        return projection(fields);
    }

    /** Returns the projection of a document for a rewrite. */
    public Bson rewritten() {
        return projection(List.of(dataset));
    }

    /** Returns the projection of a change for the producer. */
    public Bson ofEvents() {
        List<String> paths = new ArrayList<>(List.of("operationType", "clusterTime", "documentKey", "splitEvent"));
        paths.add("fullDocument._id");
        paths(fields).forEach(path -> paths.add("fullDocument." + path));
        return Projections.include(paths);
    }

    private Bson projection(List<String> others) {
        return Projections.include(paths(others));
    }

    /** MongoDB refuses a path within another one. */
    private List<String> paths(List<String> others) {
        List<String> paths = new ArrayList<>(others);
        paths.add(references.dotted());
        return paths.stream()
                .filter(path -> paths.stream().noneMatch(other -> path.startsWith(other + ".")))
                .distinct()
                .toList();
    }

    private static String uri(Section section) {
        String text = section.text("uri");
        try {
            if (!text.isEmpty()) {
                new ConnectionString(text);
            }
            return text;
        } catch (IllegalArgumentException e) {
            // The driver's message may repeat what was given, with its password.
            section.problem("uri", "must be mongodb://… or mongodb+srv://…");
            return "";
        }
    }

    private static Reference.Path references(Section section, DocumentJoin join) {
        if (Reference.Path.isWellFormed(join.references())) {
            return Reference.Path.parse(join.references());
        }
        section.problem("references", "must be a path such as indexes[].dataId");
        return new Reference.Path(List.of());
    }

    private static List<String> fields(Section section) {
        List<String> fields = section.texts("fields");
        Optional<String> wrong =
                fields.stream().filter(field -> field.startsWith("$")).findFirst();
        wrong.ifPresent(field -> section.problem("fields", "no field of a document is named " + field));
        if (fields.stream().distinct().count() < fields.size()) {
            section.problem("fields", "names a field twice");
        }
        return fields.stream().distinct().toList();
    }
}
