package io.vectorferry.app.jsonl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.contracts.FerryException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Reads a file from end to end, line by line, and proves that it is whole. */
final class JsonlReader {
    /** More than the largest row that a pipeline takes, in Base64. */
    private static final int MAX_LINE_BYTES = 128 * 1024 * 1024;

    private final Path file;
    private final Compression compression;

    JsonlReader(Path file) {
        this(file, Compression.of(file));
    }

    JsonlReader(Path file, Compression compression) {
        this.file = file;
        this.compression = compression;
    }

    /** The number of rows of a complete file, and the checksum of its content. */
    record Whole(long rows, String sha256) {}

    /** Shows every row in order. Fails behind the last one when the file was cut off or changed. */
    Whole read(Consumer<JsonlRow> rows) {
        try (InputStream in = compression.read(file)) {
            return read(in, from -> true, rows);
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be read: %s".formatted(file, e.getMessage()),
                    "Check the file. Importing it again is safe.",
                    e);
        }
    }

    /** Shows the rows that are whole of a file that was perhaps not finished, as far as it can be read; none of one that was exported from something else. */
    void readUnfinished(String from, Consumer<JsonlRow> rows) {
        try (InputStream in = compression.read(file)) {
            var unused = read(in, from::equals, rows);
        } catch (IOException | FerryException e) {
            // The rows before it are right, and what comes behind them is read from the source again.
        }
    }

    private Whole read(InputStream in, Predicate<String> from, Consumer<JsonlRow> rows) throws IOException {
        LineReader reader = new LineReader();
        MessageDigest digest = LineFormat.digest();
        long count = 0;
        long number = 0;
        for (byte[] line = next(in); line.length > 0; line = next(in)) {
            number++;
            JsonNode json = parsed(line, number);
            if (json.has(LineFormat.SHA256)) {
                String sum = HexFormat.of().formatHex(digest.digest());
                if (!sum.equals(json.path(LineFormat.SHA256).asText())
                        || count != json.path(LineFormat.ROWS).asLong()) {
                    throw damaged("its content does not match its checksum");
                }
                return new Whole(count, sum);
            }
            digest.update(line);
            if (json.has(LineFormat.FORMAT)) {
                checkVersion(json);
                if (!from.test(json.path(LineFormat.FROM).asText())) {
                    throw damaged("it was exported from another source");
                }
            } else if (json.has(LineFormat.SCHEMA)) {
                reader.declare(json);
            } else {
                rows.accept(row(reader, json, number));
                count++;
            }
        }
        throw damaged("the file is truncated: the last line, with the checksum, is missing");
    }

    private JsonlRow row(LineReader reader, JsonNode json, long number) {
        try {
            return reader.row(json);
        } catch (IllegalArgumentException e) {
            throw damaged("line %d is not a row: %s".formatted(number, e.getMessage()));
        }
    }

    private JsonNode parsed(byte[] line, long number) throws IOException {
        try {
            return LineFormat.MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw damaged("line %d is not JSON".formatted(number));
        }
    }

    private void checkVersion(JsonNode header) {
        if (header.path(LineFormat.FORMAT).asInt() != LineFormat.VERSION) {
            throw FerryException.misconfigured(
                    "%s has format version %s"
                            .formatted(file, header.path(LineFormat.FORMAT).asText()),
                    "Import it with the release that wrote it, or a newer one.");
        }
    }

    private FerryException damaged(String how) {
        return FerryException.misconfigured("%s is damaged: %s".formatted(file, how), "Export it again.");
    }

    /** Reads a line including its end; empty at the end of the file. */
    private byte[] next(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = in.read(); read >= 0; read = in.read()) {
            if (line.size() == MAX_LINE_BYTES) {
                throw damaged("a line is longer than %d bytes".formatted(MAX_LINE_BYTES));
            }
            line.write(read);
            if (read == '\n') {
                break;
            }
        }
        return line.toByteArray();
    }
}
