package io.vectorferry.stream;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.List;
import java.util.Map;

/** Pipelines and rows as the tests write them. */
public final class TestPipelines {
    static final String COLLECTION = "public.articles";

    private TestPipelines() {}

    static PipelineConfig pipeline(String... extraLines) {
        String yaml = """
                pipeline: articles
                source:
                  postgres: {}
                targets:
                  - name: lake
                    lancedb: {}
                kafka:
                  partitions: 2
                """;
        return PipelineConfig.from(PipelineFile.of(yaml + String.join("\n", extraLines) + "\n", List.of(), Map.of()));
    }

    public static SourceKey key(long id) {
        return new SourceKey(COLLECTION, List.of(new Value.Whole(id)));
    }

    public static Row row(String lang, float... vector) {
        return new Row(
                new VectorColumn("embedding", VectorElement.FLOAT32, 2, Vector.ofFloats(vector)),
                List.of(text("lang", lang)));
    }

    public static Row row(Field... fields) {
        return new Row(null, List.of(fields));
    }

    public static Field text(String name, String value) {
        return new Field(name, FieldType.of(FieldType.Name.TEXT), new Value.Text(value));
    }

    public static Field whole(String name, long value) {
        return new Field(name, FieldType.of(FieldType.Name.INT64), new Value.Whole(value));
    }
}
