package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.pipeline;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ids.SharedTables;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which id a row gets, and whose it is where tables are shared. */
class TargetIdsTest {
    private static final SourceKey NEWS = key("public.news");
    private static final SourceKey BLOG = key("public.blog");
    private static final SharedTables BOTH =
            new SharedTables(Map.of("public.news", "texts", "public.blog", "texts"), Optional.empty());

    @Test
    void anAllocatedIdStaysWithItsKeyOverDeletionAndReinsertion() {
        try (TopologyDriver driver = new TopologyDriver(pipeline("ids: allocate"))) {
            driver.pipe(NEWS, upsert(1, "news"));
            driver.pipe(BLOG, upsert(2, "blog"));
            driver.pipe(NEWS, new Change.Delete(SourcePosition.stream(1, 3, 0), 0));
            driver.pipe(NEWS, upsert(4, "again"));

            assertThat(driver.written()).containsExactly("1=[news]", "2=[blog]", "1-", "1=[again]");
            assertThat(driver.deadLetters()).isEmpty();
        }
    }

    @Test
    void theSecondRowOfAnIdInASharedTableBecomesADeadLetter() {
        try (TopologyDriver driver = new TopologyDriver(pipeline(), BOTH)) {
            driver.pipe(NEWS, upsert(1, "news"));
            driver.pipe(BLOG, upsert(2, "blog"));
            driver.pipe(NEWS, upsert(3, "newer"));
            driver.pipe(BLOG, new Change.Delete(SourcePosition.stream(1, 4, 0), 0));

            assertThat(driver.written()).containsExactly("7=[news]", "7=[newer]");
            assertThat(driver.deadLetters()).extracting(DeadLetter::error).containsExactly(ErrorType.ID_CONFLICT);
        }
    }

    @Test
    void anIdIsFreeAgainWhenItsOwnersRowIsDeleted() {
        try (TopologyDriver driver = new TopologyDriver(pipeline(), BOTH)) {
            driver.pipe(NEWS, upsert(1, "news"));
            driver.pipe(BLOG, upsert(2, "blog"));
            DeadLetter refused = driver.deadLetters().getFirst();
            driver.broadcast(new Change.Truncate("public.news", SourcePosition.stream(1, 3, 0), 0));
            driver.pipe(BLOG, Change.Redrive.ofLetter(refused.position(), refused.original(), false));
            driver.pipe(NEWS, upsert(4, "late"));

            assertThat(driver.written()).containsExactly("7=[news]", "7-", "7=[blog]");
            assertThat(driver.deadLetters()).hasSize(1);
        }
    }

    @Test
    void truncatingOneCollectionLeavesTheOthersRowsInTheSharedTable() {
        try (TopologyDriver driver = new TopologyDriver(pipeline(), BOTH)) {
            driver.pipe(NEWS, upsert(1, "news"));
            driver.pipe(BLOG, upsert(2, "blog"));
            driver.broadcast(new Change.Truncate("public.blog", SourcePosition.stream(1, 3, 0), 0));

            assertThat(driver.written()).containsExactly("7=[news]");
        }
    }

    private static SourceKey key(String collection) {
        return new SourceKey(collection, List.of(new Value.Whole(7)));
    }

    private static Change upsert(long place, String text) {
        return new Change.Upsert(Change.Origin.UPDATE, SourcePosition.stream(1, place, 0), 0, row(text, 1, 2));
    }
}
