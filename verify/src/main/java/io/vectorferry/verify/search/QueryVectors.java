package io.vectorferry.verify.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.verify.source.ExpectedRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The sources of query vectors. */
public final class QueryVectors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REMEDY =
            "Write one query per line, as a JSON array of numbers or as an object with such an array in `vector`.";

    private QueryVectors() {}

    /** @param file one query a line */
    public static List<Vector> read(Path file) {
        List<Vector> queries = new ArrayList<>();
        try {
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank()) {
                    queries.add(query(line, file + ", line " + number));
                }
            }
        } catch (IOException e) {
            throw FerryException.misconfigured("the queries in %s cannot be read".formatted(file), REMEDY, e);
        }
        if (queries.isEmpty() || queries.size() > SearchOptions.MAX_QUERIES) {
            throw FerryException.misconfigured(
                    "%s has %d queries; 1 to %d are allowed".formatted(file, queries.size(), SearchOptions.MAX_QUERIES),
                    REMEDY);
        }
        return queries;
    }

    private static Vector query(String line, String place) {
        try {
            JsonNode read = JSON.readTree(line);
            JsonNode numbers = read.isObject() ? read.path("vector") : read;
            float[] floats = new float[numbers.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = numbers.get(i).floatValue();
                if (!numbers.get(i).isNumber() || !Float.isFinite(floats[i])) {
                    throw FerryException.misconfigured(
                            "%s: component %d is not a number".formatted(place, i + 1), REMEDY);
                }
            }
            if (!numbers.isArray() || floats.length == 0) {
                throw FerryException.misconfigured(place + " is not a vector", REMEDY);
            }
            return Vector.ofFloats(floats);
        } catch (JsonProcessingException e) {
            throw FerryException.misconfigured(place + " is not JSON", REMEDY, e);
        }
    }

    /** Vectors of the source, each as likely as the other; the same rows in the same order and the same seed give the same. */
    static List<Vector> sampled(ExpectedRows source, int size, long seed) {
        Random random = new Random(seed);
        List<Vector> drawn = new ArrayList<>();
        long[] seen = {0};
        source.scan(entry -> ExactSearch.vector(entry).ifPresent(vector -> {
            seen[0]++;
            if (drawn.size() < size) {
                drawn.add(copy(vector));
            } else {
                long place = random.nextLong(seen[0]);
                if (place < size) {
                    drawn.set((int) place, copy(vector));
                }
            }
        }));
        return drawn;
    }

    private static Vector copy(Vector vector) {
        return Vector.ofFloats(ExactSearch.floats(vector));
    }
}
