package io.vectorferry.stores.chroma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordsAnswerTest {
    private static final ChromaCollection ARTS = new ChromaCollection("arts", "an id", 2, "cosine", Map.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ids\":[\"a\",\"b\"],\"embeddings\":[[0.1,-2e-5],[null,1]],\"documents\":[\"[1]\",null],\"metadatas\":[{\"n\":1},null],\"include\":[\"embeddings\"]}",
                "{\"embeddings\":[[0.1,-2e-5],[null,1]],\"documents\":[\"[1]\",null],\"uris\":null,\"metadatas\":[{\"n\":1},null],\"ids\":[\"a\",\"b\"]}",
                "{ \"documents\" : [\"[1]\", null], \"metadatas\": [ {\"n\":1}, null ],\n \"ids\": [\"a\", \"b\"], \"embeddings\" : [ [ 0.1 , -2e-5 ] ,\n [null, 1 ] ] }"
            })
    void theOrderOfColumnsAndWhiteSpaceMakeNoDifference(String answer) throws IOException {
        List<ChromaRecord> rows = read(answer);

        assertThat(rows).extracting(ChromaRecord::id).containsExactly("a", "b");
        ChromaRecord first = rows.getFirst();
        assertThat(first.problem()).isNull();
        assertThat(first.row().vector().orElseThrow().value()).contains(Vector.ofFloats(0.1f, -2e-5f));
        assertThat(first.row().fields())
                .containsExactly(
                        new Field("document", FieldType.of(FieldType.Name.TEXT), new Value.Text("[1]")),
                        new Field("n", FieldType.of(FieldType.Name.INT64), new Value.Whole(1)));
        assertThat(rows.get(1).problem()).contains("1 null components");
    }

    @Test
    void aCollectionWithoutRecordsIsEmpty() throws IOException {
        assertThat(read("{\"ids\":[],\"embeddings\":[],\"documents\":[],\"metadatas\":[]}"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ids\":[\"a\"],\"embeddings\":[[1,2",
                "{\"ids\":[\"a\"],\"embeddings\":[[1,2]",
                "{\"ids\":[\"a\"],\"embeddings\":[[1,\"2\"]],\"documents\":[null],\"metadatas\":[null]}",
                "{\"ids\":[\"a\"],\"embeddings\":[[1,2e]],\"documents\":[null],\"metadatas\":[null]}",
                "{\"ids\":[\"a\"],\"embeddings\":[[1,-]],\"documents\":[null],\"metadatas\":[null]}",
                "{\"ids\":[\"a\"],\"embeddings\":[[1-2,2]],\"documents\":[null],\"metadatas\":[null]}",
                "{\"ids\":[\"a\"],\"embeddings\":[],\"documents\":[null],\"metadatas\":[null]}"
            })
    void whatIsNoWholeAnswerIsRefused(String answer) {
        assertThatThrownBy(() -> read(answer)).isInstanceOf(IOException.class);
    }

    private static List<ChromaRecord> read(String answer) throws IOException {
        return new RecordsAnswer(ARTS, MetadataTypes.of(ARTS)).read(answer.getBytes(StandardCharsets.UTF_8));
    }
}
