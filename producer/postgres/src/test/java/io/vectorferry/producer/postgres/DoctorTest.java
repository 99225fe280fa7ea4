package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.Finding;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the doctor finds in a table's content, in a real one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoctorTest {
    private SourceBench bench;

    @BeforeAll
    void startServer() {
        bench = new SourceBench();
    }

    @AfterAll
    void stopServer() {
        bench.close();
    }

    @Test
    void idsThatADoubleCannotHoldAreAWarning() {
        bench.sql("CREATE TABLE wide (id bigint PRIMARY KEY, embedding vector(2))");
        bench.sql("INSERT INTO wide VALUES (9007199254740992, '[0.6,0.8]')");
        assertThat(found("wide", "ids")).isEmpty();

        bench.sql("INSERT INTO wide VALUES (-9007199254740993, '[0.6,0.8]')");
        assertThat(found("wide", "ids")).singleElement().satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
            assertThat(finding.message()).contains("2^53");
        });
    }

    @Test
    void elementsOfAnArrayThatNoVectorCanHaveAreCounted() {
        bench.sql("CREATE TABLE loose (id int PRIMARY KEY, embedding real[])");
        bench.sql(
                "INSERT INTO loose VALUES (1, '{1,2}'), (2, '{NaN,1}'), (3, '{1,-Infinity}'), (4, '{1,NULL}'), (5, NULL)");
        assertThat(found("loose", "not_finite"))
                .singleElement()
                .extracting(Finding::message)
                .asString()
                .startsWith("public.loose: 3 of");
    }

    @Test
    void vectorsWithoutADirectionOrALengthOfOneAreCounted() {
        bench.sql("CREATE TABLE lengths (id int PRIMARY KEY, embedding vector)");
        bench.sql("INSERT INTO lengths VALUES (1, '[0,0]'), (2, '[3,4]'), (3, '[0.6,0.8]'), (4, '[1,0,0]'), (5, NULL)");
        assertThat(found("lengths", "zero_vectors")).hasSize(1);
        assertThat(found("lengths", "unnormalised"))
                .singleElement()
                .extracting(Finding::message)
                .asString()
                .contains("2 of 4");
        assertThat(found("lengths", "dimension")).hasSize(1);
        assertThat(found("lengths", "null_vectors")).hasSize(1);
    }

    private List<Finding> found(String table, String check) {
        return bench.source("{name: public.%s, vector: embedding, dimension: 2}".formatted(table)).doctor().stream()
                .filter(finding -> finding.check().equals(check))
                .toList();
    }
}
