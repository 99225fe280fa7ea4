package io.vectorferry.app.jsonl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonlFileTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst"})
    void everyValueAndEveryBitComesBack(String name) throws IOException {
        List<JsonlRow> rows = rows();

        Path file = write(directory.resolve(name), rows);

        List<JsonlRow> back = new ArrayList<>();
        JsonlReader.Whole whole = new JsonlReader(file).read(back::add);
        assertThat(back).isEqualTo(rows);
        assertThat(whole.rows()).isEqualTo(rows.size());
    }

    @Test
    void aFileWithoutItsLastLineIsRefused() throws IOException {
        Path file = write(directory.resolve("rows.jsonl"), rows());
        List<String> lines = Files.readAllLines(file);
        Files.write(file, lines.subList(0, lines.size() - 1));

        assertThatThrownBy(() -> new JsonlReader(file).read(row -> {}))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("truncated");
    }

    @Test
    void aChangedDigitIsRefused() throws IOException {
        Path file = write(directory.resolve("rows.jsonl"), rows());
        Files.writeString(file, Files.readString(file).replace("9007199254740993", "9007199254740992"));

        assertThatThrownBy(() -> new JsonlReader(file).read(row -> {}))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("checksum");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.jsonl.gz", "rows.jsonl.zst"})
    void aCompressedFileThatWasCutOffIsRefused(String name) throws IOException {
        Path file = write(directory.resolve(name), rows());
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));

        assertThatThrownBy(() -> new JsonlReader(file).read(row -> {})).isInstanceOf(FerryException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst"})
    void whereverAFileWasBrokenOffItsWholeRowsAreKept(String name) throws IOException {
        List<JsonlRow> rows = new ArrayList<>(rows());
        Random random = new Random(5);
        // More than one of the blocks that a compressor writes.
        for (int i = 0; i < 100; i++) {
            byte[] noise = new byte[4096];
            random.nextBytes(noise);
            Vector vector = Vector.ofBytes(VectorElement.FLOAT32, noise.length / Float.BYTES, noise);
            VectorColumn column = new VectorColumn("embedding", VectorElement.FLOAT32, vector.dimension(), vector);
            rows.add(new JsonlRow(text("noise", "row " + i), new Row(column, List.of())));
        }
        Path part = write(directory.resolve(name), rows);
        byte[] bytes = Files.readAllBytes(part);
        int most = 0;
        for (int length = 0; length < bytes.length; length += 1 + bytes.length / 40) {
            Files.write(part, java.util.Arrays.copyOf(bytes, length));
            List<JsonlRow> kept = new ArrayList<>();
            new UnfinishedFile(part, Compression.of(part), "source").setAside().rows(kept::add);
            assertThat(kept).isEqualTo(rows.subList(0, kept.size()));
            most = Math.max(most, kept.size());
            Files.delete(directory.resolve(name + ".left"));
        }
        assertThat(most).isPositive();
    }

    @Test
    void whatAnotherExportHasLeftIsNotKept() throws IOException {
        Path part = write(directory.resolve("rows.jsonl"), rows());
        new UnfinishedFile(part, Compression.NONE, "lake").setAside().rows(row -> {
            throw new AssertionError("a row of the source");
        });
    }

    @Test
    void theLongerOfTwoUnfinishedFilesIsGoneOnWith() throws IOException {
        Path part = directory.resolve("rows.jsonl");
        write(directory.resolve("rows.jsonl.left"), rows());
        write(part, rows().subList(0, 2));
        List<JsonlRow> kept = new ArrayList<>();

        new UnfinishedFile(part, Compression.NONE, "source").setAside().rows(kept::add);

        assertThat(kept).isEqualTo(rows());
    }

    private static Path write(Path file, List<JsonlRow> rows) throws IOException {
        try (JsonlWriter writer = new JsonlWriter(Compression.of(file).write(file), "source")) {
            for (JsonlRow row : rows) {
                writer.write(row);
            }
            writer.end();
        }
        return file;
    }

    private static List<JsonlRow> rows() {
        VectorColumn floats =
                new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(0.1f, -0.0f, Float.MIN_VALUE));
        VectorColumn none = new VectorColumn("embedding", VectorElement.FLOAT32, 3, null);
        VectorColumn bits = new VectorColumn(
                "bits", VectorElement.BINARY, 0, Vector.ofBytes(VectorElement.BINARY, 5, new byte[] {(byte) 0xA8}));
        return List.of(
                new JsonlRow(text("docs", "é\"\n/ü"), new Row(floats, fields())),
                new JsonlRow(text("docs", "null"), new Row(none, List.of(field("i", Name.INT64, Value.NULL)))),
                new JsonlRow(
                        text("docs", "other type"), new Row(none, List.of(field("i", Name.TEXT, new Value.Text("x"))))),
                new JsonlRow(
                        new TargetKey("numbers", new TargetKey.NumberId(Long.MIN_VALUE)), new Row(bits, List.of())),
                new JsonlRow(text("several", "one so far"), new Row(floats, List.of())),
                new JsonlRow(text("several", "both"), Row.of(List.of(floats, bits), fields())),
                new JsonlRow(text("several", "the other way round"), Row.of(List.of(bits, none), List.of())),
                new JsonlRow(text("several", "the second"), new Row(bits, List.of())),
                new JsonlRow(new TargetKey("plain", new TargetKey.NumberId(7)), new Row(null, List.of())));
    }

    private static List<Field> fields() {
        return List.of(
                field("i", Name.INT64, new Value.Whole(9007199254740993L)),
                field("b", Name.BOOL, new Value.Bool(true)),
                field("r4", Name.REAL32, new Value.Real32(0.1f)),
                field("r8", Name.REAL64, new Value.Real64(-0.0)),
                field("nan", Name.REAL64, new Value.Real64(Double.NaN)),
                field("inf", Name.REAL32, new Value.Real32(Float.NEGATIVE_INFINITY)),
                new Field("price", FieldType.decimal(12, 3), new Value.Text("1.500")),
                field("by", Name.BYTES, new Value.Bytes(ByteString.copyFrom(new byte[] {0, -1}))),
                field("at", Name.TIMESTAMPTZ, new Value.Whole(-1)),
                field("j", Name.JSON, new Value.Text("{\"a\":  1}")),
                new Field(
                        "list",
                        FieldType.listOf(Name.INT64),
                        new Value.Items(List.of(new Value.Whole(1), Value.NULL))));
    }

    private static Field field(String name, Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }

    private static TargetKey text(String collection, String id) {
        return new TargetKey(collection, new TargetKey.TextId(id));
    }
}
