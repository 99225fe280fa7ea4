package io.vectorferry.rules.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.TransformStep;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the doctor says about the steps of {@code transform:}. */
class TransformChecksTest {
    private static final List<String> COLUMNS = List.of("embedding", "body", "team_id", "lang");

    @Test
    void stepsWhoseColumnsAreThereAreFine() {
        assertThat(check(
                        new TransformStep.Rename(Map.of("team_id", "tenant")),
                        new TransformStep.Filter("lang == 'en' && tenant > 3"),
                        new TransformStep.Drop(List.of("lang"))))
                .extracting(Finding::level)
                .containsExactly(Finding.Level.OK);
    }

    @Test
    void aColumnThatIsNotThereIsNamedWithThoseThatAre() {
        List<Finding> findings = check(new TransformStep.Filter("language == 'en' || !(lang in ['de', body])"));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
            assertThat(finding.message()).contains("language").doesNotContain("lang,");
            assertThat(finding.remedy()).contains("team_id", "lang");
        });
    }

    @Test
    void aColumnIsKnownByItsNewNameAfterARenameAndNoLongerByItsOld() {
        List<Finding> findings = check(
                new TransformStep.Rename(Map.of("team_id", "tenant")),
                new TransformStep.Drop(List.of("team_id")),
                new TransformStep.Set(Map.of("origin", "articles")),
                new TransformStep.Filter("origin == 'articles'"));
        assertThat(findings)
                .singleElement()
                .extracting(Finding::message)
                .asString()
                .contains("team_id", "not dropped");
    }

    @Test
    void aFilterThatCannotBeReadIsAnErrorThatShowsThePlace() {
        List<Finding> findings = check(new TransformStep.Filter("lang = 'en'"));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
            assertThat(finding.message()).contains("lang");
        });
    }

    private static List<Finding> check(TransformStep... steps) {
        return new TransformChecks(List.of(steps)).findings("public.articles", COLUMNS);
    }
}
