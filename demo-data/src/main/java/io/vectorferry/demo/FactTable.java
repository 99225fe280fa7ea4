package io.vectorferry.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Rows of tab-separated facts from this module's resources. */
record FactTable(List<List<String>> rows) {
    static FactTable read(String name) {
        try (InputStream in = FactTable.class.getResourceAsStream("/facts/" + name + ".tsv")) {
            String text = new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
            return new FactTable(
                    text.lines().map(line -> List.of(line.split("\t", -1))).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
