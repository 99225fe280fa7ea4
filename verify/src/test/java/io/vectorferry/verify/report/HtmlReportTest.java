package io.vectorferry.verify.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.verify.report.VerificationReport.Count;
import io.vectorferry.verify.report.VerificationReport.Diff;
import io.vectorferry.verify.report.VerificationReport.Example;
import io.vectorferry.verify.report.VerificationReport.Result;
import io.vectorferry.verify.report.VerificationReport.Sample;
import io.vectorferry.verify.row.FieldDifference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/** The file that one puts away as evidence. */
class HtmlReportTest {
    private static final Instant MADE = Instant.parse("2026-11-21T13:00:00Z");

    private static final VerificationReport FAILED = new VerificationReport(
            "articles",
            "lake",
            "0/1C58470",
            Result.FAIL,
            new Count(1_000, 999),
            new Diff(
                    1_001,
                    2,
                    1,
                    1,
                    0,
                    0,
                    Map.of("dimension_mismatch", 3L),
                    List.of(new Example(
                            "<script>alert('x')</script>",
                            "mismatched",
                            "public.articles",
                            List.of(new FieldDifference("embedding", "one bit differs")),
                            ""))),
            new Sample(100, 99, 0.5, 0.1),
            new SearchReport(
                    "public.articles",
                    "views > 3",
                    4,
                    10,
                    "cosine",
                    "IVF_PQ, l2",
                    0.6,
                    0.7,
                    0.1,
                    0.1,
                    0.95,
                    null,
                    null,
                    new SearchReport.Latency(1.5, 3),
                    new SearchReport.Source(0.9, new SearchReport.Latency(2.5, 4)),
                    List.of(0.1, 0.65, 0.7, 1.0),
                    List.of("the index is by l2 and the source by cosine")),
            null,
            null,
            "2026-11-21T11:00:00Z",
            new VerificationReport.Since("2026-11-20T10:00:00.123456789Z", "0/1A00000", "2026-11-19T09:00:00Z"),
            42,
            2.0);

    @Test
    void itIsOneWellFormedPageThatAsksForNothingElse() throws Exception {
        String page = page();
        Document parsed = parsed(page);
        assertThat(parsed.getElementsByTagName("script").getLength()).isZero();
        assertThat(page).doesNotContain("http:", "https:", "src=", "href=");
    }

    @Test
    void itSaysTheVerdictThePositionTheSeedAndWhatDiffers() {
        assertThat(page())
                .contains(
                        "pipeline.yaml",
                        "2026-11-21T13:00:00Z",
                        "2026-11-21T11:00:00Z",
                        "2026-11-20T10:00:00Z (0/1A00000)",
                        "2026-11-19T09:00:00Z",
                        "FAIL",
                        "0/1C58470",
                        "42",
                        "501 rows/s")
                .contains("dead letter: dimension_mismatch", "embedding: one bit differs")
                .contains("the index is by l2 and the source by cosine", "views &gt; 3");
    }

    @Test
    void whatWasFoundIsRightBelowAFailedVerdict() {
        assertThat(page().lines().dropWhile(line -> !line.contains("FAIL")).limit(7))
                .containsExactly(
                        "<h2>Target lake: <span class=\"fail\">FAIL</span></h2>",
                        "<ul class=\"found\">",
                        "<li>2 rows are missing in the target</li>",
                        "<li>1 row is in the target and not in the source</li>",
                        "<li>1 row is different</li>",
                        "<li>searches of public.articles find 0.6000 of the nearest rows on average, and 0.95 is required</li>",
                        "<li>the index is by l2 and the source by cosine</li>");
        assertThat(page().split("the index is by l2", -1)).hasSize(2);
    }

    /** One bar for each of 5 kinds and 1 kind of dead letter, 1 field, 10 steps of the overlap and those with everything found. */
    @Test
    void itDrawsTheDifferencesTheFieldsAndTheOverlaps() throws Exception {
        assertThat(parsed(page()).getElementsByTagName("rect").getLength()).isEqualTo(6 + 1 + 11);
    }

    private static String page() {
        return HtmlReport.of("pipeline.yaml", MADE, List.of(FAILED));
    }

    private static Document parsed(String page) throws ParserConfigurationException, IOException, SAXException {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
    }
}
