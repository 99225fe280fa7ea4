package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Field;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** In which order the fields of a row come by their names, found out once for the rows that have the same ones. */
record FieldOrder(List<String> names, List<Integer> order, List<byte[]> encodedNames) {
    static final FieldOrder NONE = of(List.of());

    static FieldOrder of(List<Field> fields) {
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

    boolean isOf(List<Field> fields) {
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
