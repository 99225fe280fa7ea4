package io.vectorferry.producer.postgres.references;

import io.vectorferry.producer.postgres.references.MappingTable.Mapping;
import io.vectorferry.producer.spi.ReferencesReport;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** A document's references as they are put back: wherever one still bears its new id, also where it moved within its array. */
public record RowRevert(ReferencingRow now, ReferencesReport report) {

    public static RowRevert of(ReferencingRow row, List<Mapping> noted) {
        Map<Integer, String> changed = new HashMap<>();
        Set<Integer> taken = new HashSet<>();
        noted.stream().filter(one -> hasNew(row, one)).forEach(one -> taken.add(one.position()));
        long back = 0;
        long gone = 0;
        for (Mapping one : noted) {
            Optional<Integer> place = hasNew(row, one) ? Optional.of(one.position()) : elsewhere(row, one, taken);
            if (place.isPresent()) {
                changed.put(place.get(), one.oldId());
            } else if (Objects.equals(row.at(one.position()), one.oldId())) {
                back++;
            } else {
                gone++;
            }
        }
        return new RowRevert(row.with(changed), new ReferencesReport(1, noted.size(), changed.size(), back, 0, gone));
    }

    /** Of a document that was deleted. */
    static ReferencesReport gone(List<Mapping> noted) {
        return new ReferencesReport(1, noted.size(), 0, 0, 0, noted.size());
    }

    private static boolean hasNew(ReferencingRow row, Mapping one) {
        return one.newId().equals(row.at(one.position()));
    }

    private static Optional<Integer> elsewhere(ReferencingRow row, Mapping one, Set<Integer> taken) {
        return IntStream.range(0, row.references().size())
                .filter(place -> one.newId().equals(row.at(place)))
                .boxed()
                .filter(taken::add)
                .findFirst();
    }
}
