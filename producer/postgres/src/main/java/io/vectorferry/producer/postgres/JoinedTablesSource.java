package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.join.MappedBlocks;
import io.vectorferry.producer.join.ReferencedFields;
import io.vectorferry.producer.postgres.config.DocumentTable;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.doctor.FindingList;
import io.vectorferry.producer.postgres.references.DocumentsOfVectors;
import io.vectorferry.producer.postgres.references.ReferenceChecks;
import io.vectorferry.producer.postgres.references.TableReferences;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A table of documents, joined to the table of the vectors that they refer to: both from one log. */
public final class JoinedTablesSource implements Source {
    private final PostgresConfig config;
    private final DocumentTable documents;
    private final PostgresSource tables;
    private final String vectors;

    public JoinedTablesSource(PostgresConfig config, DocumentTable documents) {
        this.config = config;
        this.documents = documents;
        this.tables = new PostgresSource(config);
        this.vectors = config.tables().getFirst().collection();
    }

    /** Returns the documents' table, which is the name of the joined rows. */
    @Override
    public List<String> collections() {
        return List.of(documents.join().collection());
    }

    @Override
    public List<String> snapshots() {
        return tables.collections();
    }

    @Override
    public List<Finding> doctor() {
        List<Finding> findings = new ArrayList<>(tables.doctor());
        if (findings.stream().noneMatch(finding -> finding.level() == Finding.Level.ERROR)) {
            FindingList ofJoin = new FindingList();
            ofJoin.check(
                    "references",
                    () -> new ReferenceChecks(config, documents).findings().forEach(ofJoin::add));
            findings.addAll(ofJoin.all());
        }
        return findings;
    }

    @Override
    public SourcePlan plan() {
        SourcePlan both = tables.plan();
        CollectionPlan ofVectors = both.collections().getFirst();
        CollectionPlan ofDocuments = both.collections().getLast();
        List<String> fields = ofDocuments.fields().stream()
                .filter(field -> !field.equals(documents.join().references()))
                .toList();
        return new SourcePlan(
                both.creates(),
                List.of(new CollectionPlan(
                        documents.join().collection(),
                        ofVectors.rows(),
                        ofVectors.bytes() + ofDocuments.bytes(),
                        ofVectors.vectors(),
                        fields)));
    }

    @Override
    public SourceReader reader() {
        return new Reader(tables.reader());
    }

    @Override
    public Optional<References> references() {
        return Optional.of(new TableReferences(config, documents));
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return tables.barriers(kafka, topics);
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return tables.stage(kafka, topics, options);
    }

    /** Reads the vectors with the fields of their documents. */
    private final class Reader implements SourceReader {
        private final SourceReader reader;

        Reader(SourceReader reader) {
            this.reader = reader;
        }

        /** Returns the metric of the vectors' table. */
        @Override
        public Optional<DistanceMetric> searchMetric(String collection) {
            return reader.searchMetric(vectors);
        }

        /** Keeps the documents in memory and streams the vectors. */
        @Override
        public void scan(String collection, Consumer<SourceRow> rows) {
            DocumentJoin join = documents.join();
            ReferencedFields owners = new ReferencedFields();
            reader.scan(
                    join.collection(),
                    document ->
                            owners.add(document.key(), referred(join, document.row()), payload(join, document.row())));
            reader.scan(vectors, vector -> joined(owners, vector).ifPresent(rows));
        }

        /** Returns the rows, each table as of its own moment: a row that does not change is the same at both. */
        @Override
        public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
            return joined(reader.fetch(
                    vectors,
                    keys.stream()
                            .map(key -> new SourceKey(vectors, key.parts()))
                            .toList()));
        }

        /** Returns the blocks in the order of the vectors' keys. */
        @Override
        public RowBlocks blocks(String collection) {
            return new MappedBlocks(reader.blocks(vectors), this::joined);
        }

        /** Returns the vectors with the documents as they are now. */
        private List<SourceRow> joined(List<SourceRow> found) {
            DocumentJoin join = documents.join();
            ReferencedFields owners = new ReferencedFields();
            try (Connection connection = config.connections().readOnly()) {
                new DocumentsOfVectors(join, new TableShapes(config).read(connection, join.collection()))
                        .read(
                                connection,
                                found.stream()
                                        .map(row -> row.key().parts().getFirst())
                                        .toList(),
                                document -> owners.add(
                                        document.key(), referred(join, document.row()), payload(join, document.row())));
            } catch (SQLException e) {
                throw FerryException.retryable(
                        "rows of %s could not be read: %s".formatted(join.collection(), Connections.firstLine(e)), e);
            }
            return found.stream().flatMap(row -> joined(owners, row).stream()).toList();
        }

        private Optional<SourceRow> joined(ReferencedFields owners, SourceRow vector) {
            return owners.fieldsOf(vector.key().parts())
                    .map(fields -> new SourceRow(
                            new SourceKey(collections().getFirst(), vector.key().parts()),
                            vector.row().withFields(fields),
                            vector.problem()));
        }

        private static List<List<Value>> referred(DocumentJoin join, Row document) {
            List<Value> references = new ArrayList<>();
            document.field(join.references()).map(Field::value).ifPresent(value -> {
                if (value instanceof Value.Items(List<Value> items)) {
                    references.addAll(items);
                } else {
                    references.add(value);
                }
            });
            return references.stream()
                    .filter(reference -> !reference.equals(Value.NULL))
                    .flatMap(reference -> join.key(reference).stream())
                    .toList();
        }

        private static List<Field> payload(DocumentJoin join, Row document) {
            return document.fields().stream()
                    .filter(field -> !field.name().equals(join.references()))
                    .toList();
        }
    }
}
