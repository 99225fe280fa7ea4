package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.postgres.references.MappingTable.Mapping;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done with the references of one document. Old and new ids may be the same numbers ({@code allocate}
 * counts from 1), so an id alone does not tell whether it was rewritten: the mapping table does.
 */
public record RowRewrite(ReferencingRow now, List<Mapping> mappings, ReferencesReport report) {

    public static RowRewrite of(ReferencingRow row, List<Mapping> noted, NewIds ids) {
        if (!row.isPlain()) {
            return new RowRewrite(row, List.of(), new ReferencesReport(1, 1, 0, 0, 0, 1));
        }
        List<Mapping> mappings = new ArrayList<>();
        Map<Integer, String> changed = new HashMap<>();
        long references = 0;
        long already = 0;
        long unmapped = 0;
        long unclear = 0;
        for (int position = 0; position < row.references().size(); position++) {
            @Nullable String value = row.at(position);
            if (value == null) {
                continue;
            }
            references++;
            Optional<String> id = ids.of(value).map(RowRewrite::text);
            if (isAt(noted, position, value)) {
                already++;
            } else if (noted.stream().anyMatch(one -> one.newId().equals(value))) {
                // It was moved within its array, or written with an old id that is a new one too.
                already += id.isEmpty() ? 1 : 0;
                unclear += id.isEmpty() ? 0 : 1;
            } else if (id.isEmpty()) {
                unmapped++;
            } else if (id.get().equals(value)) {
                already++;
            } else {
                changed.put(position, id.get());
                mappings.add(new Mapping(row.key(), position, value, id.get(), row.dataset()));
            }
        }
        return new RowRewrite(
                row.with(changed),
                mappings,
                new ReferencesReport(1, references, changed.size(), already, unmapped, unclear));
    }

    private static boolean isAt(List<Mapping> noted, int position, String value) {
        return noted.stream()
                .anyMatch(one -> one.position() == position && one.newId().equals(value));
    }

    private static String text(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) -> Long.toString(number);
            case TargetKey.TextId(String text) -> text;
        };
    }
}
