package io.vectorferry.sink.milvus.write;

import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.parts.AbandonedRequests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AbandonedRequestsTest {
    private long now;
    private final AbandonedRequests requests = new AbandonedRequests(() -> now, WriteRequests::size);

    private static List<TargetKey.Id> ids(TargetWrite... writes) {
        return List.of(writes).stream().map(write -> write.key().id()).toList();
    }

    private List<TargetWrite> after(Duration wait) {
        now += wait.toNanos();
        List<TargetWrite> due = requests.due();
        requests.writtenAgain();
        return due;
    }

    @Test
    void onlyWhatWasWrittenLaterToAKeyThatWasGivenUpIsWrittenAgain() {
        TargetWrite retried = upsert(1, "retried");
        requests.add(ids(retried, upsert(2, "retried")), 1);
        requests.written(List.of(retried, upsert(2, "retried")), 1);
        assertThat(after(Duration.ofSeconds(1))).isEmpty();

        TargetWrite newer = upsert(1, "newer");
        requests.written(List.of(newer, upsert(3, "another")), 2);
        assertThat(after(Duration.ofSeconds(5))).containsExactly(newer);
        assertThat(after(Duration.ofSeconds(1))).isEmpty();
        TargetWrite gone = delete(1);
        requests.written(List.of(gone), 3);
        assertThat(after(Duration.ofSeconds(20))).containsExactly(gone);
        assertThat(after(Duration.ofMinutes(10))).containsExactly(gone);
        requests.written(List.of(upsert(1, "long after")), 4);
        assertThat(after(Duration.ofHours(1))).isEmpty();
    }

    @Test
    void whatIsWrittenAgainIsBoundedAndNothingIsOfAnotherProcess() {
        List<TargetWrite> writes = new ArrayList<>();
        for (long id = 0; id < 30_000; id++) {
            TargetWrite write = upsert(id, "row");
            requests.add(ids(write), 1);
            writes.add(write);
        }
        requests.written(writes, 2);
        assertThat(after(Duration.ZERO)).hasSize(10_000);
        assertThat(after(Duration.ZERO)).isEmpty();
        requests.forget();
        assertThat(after(Duration.ofSeconds(2))).isEmpty();
    }
}
