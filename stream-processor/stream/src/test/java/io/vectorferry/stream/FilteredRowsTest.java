package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.SourcePosition;
import org.junit.jupiter.api.Test;

class FilteredRowsTest {
    @Test
    void aRowThatStopsMatchingIsDeletedFromTheTargetAndMayComeBack() {
        try (TopologyDriver driver =
                new TopologyDriver(TestPipelines.pipeline("transform:", "  - filter: \"lang == 'en'\""))) {
            driver.upsert(1, SourcePosition.stream(1, 1, 0), row("de", 1, 2));
            driver.upsert(1, SourcePosition.stream(1, 2, 0), row("en", 1, 2));
            driver.upsert(1, SourcePosition.stream(1, 3, 0), row("de", 1, 2));
            driver.delete(1, SourcePosition.stream(1, 4, 0));
            driver.upsert(1, SourcePosition.stream(1, 5, 0), row("en", 1, 2));

            assertThat(driver.written()).containsExactly("1=[en]", "1-", "1=[en]");
        }
    }
}
