package io.vectorferry.verify.row;

import io.vectorferry.contracts.row.Field;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** In which order the fields of a row come by their names, found out once for the rows that have the same ones. */
public record FieldOrder(List<String> names, List<Integer> order, List<byte[]> encodedNames) {
    public static final FieldOrder NONE = of(List.of());

    public static FieldOrder of(List<Field> fields) {
        List<String> names = fields.stream().map(Field::name).toList();
        List<Integer> order = IntStream.range(0, names.size())
                .boxed()
                .sorted(Comparator.comparing(names::get))
                .toList();
        return new FieldOrder(
                names,
                order,
                names.stream()
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    public boolean isOf(List<Field> fields) {
        int size = fields.size();
        if (size != names.size()) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (!fields.get(i).name().equals(names.get(i))) {
                return false;
            }
        }
        return true;
    }
}
