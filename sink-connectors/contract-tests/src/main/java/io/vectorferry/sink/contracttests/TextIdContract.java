package io.vectorferry.sink.contracttests;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.row;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The contract of a target that names its rows in a query language: every text is an id, and none is a piece of the
 * language.
 */
public interface TextIdContract {
    /** An empty target, opened again on the same store each time within one test. */
    Target target();

    /** Returns the texts that the target's check refuses as an id. */
    default List<String> refusedIds() {
        return List.of();
    }

    @Test
    default void textIdsOfAnyCharactersAreKeptApartFetchedAndDeleted() {
        List<String> all = List.of("a'\"\\ü😀", "\\n", "\n", "", "a\tb", "'; drop", "%_*", "{ids}", "[1,\"x\"]");
        List<String> ids = all.stream().filter(id -> !refusedIds().contains(id)).toList();
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            Row row = row(1, "a");
            writer.prepare(Rows.schemaOf(textKey("a"), row));
            assertThat(all)
                    .filteredOn(id -> writer.check(upsert(textKey(id), row)).isPresent())
                    .isEqualTo(refusedIds());
            writer.apply(
                    batch(1, ids.stream().map(id -> upsert(textKey(id), row)).toArray(TargetWrite[]::new)));
            try (TargetReader reader = target.reader(Rows.COLLECTION)) {
                List<TargetKey.Id> keys =
                        ids.stream().map(id -> textKey(id).id()).toList();
                assertThat(reader.fetch(keys)).containsOnlyKeys(keys);
                for (int i = 0; i < ids.size(); i++) {
                    writer.apply(
                            batch(i + 2, new TargetWrite.Delete(textKey(ids.get(i)), new TargetWrite.Origin(0, 0))));
                    assertThat(reader.fetch(keys)).containsOnlyKeys(keys.subList(i + 1, keys.size()));
                }
            }
        }
    }

    private static TargetKey textKey(String id) {
        return new TargetKey(Rows.COLLECTION, new TargetKey.TextId(id));
    }
}
