package io.vectorferry.control.verify;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a verification found at one target; {@code verify --json} prints it as it is. It tells ids and names of fields, never a
 * content.
 *
 * @param barrier the last one that was waited for; empty where the stores stood still
 * @param seed of the sample
 * @param sample null where none was taken
 * @param search null where none was compared
 * @param repair null where none was asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VerificationReport(
        String pipeline,
        String target,
        String barrier,
        Verdict verdict,
        Count count,
        Diff diff,
        @Nullable Sample sample,
        @Nullable SearchReport search,
        @Nullable Repair repair,
        long seed,
        double seconds) {

    public enum Verdict {
        @JsonProperty("pass")
        PASS,
        @JsonProperty("fail")
        FAIL
    }

    /** @param source rows that the target must hold, as the pipeline makes them */
    public record Count(long source, long target) {}

    /**
     * @param inFlight ids that changed whenever they were looked at
     * @param explained rows that cannot be written and are dead letters, by their error
     */
    public record Diff(
            long checked,
            long missing,
            long extra,
            long mismatched,
            long inFlight,
            Map<String, Long> explained,
            List<Example> examples) {
        public Diff {
            explained = Map.copyOf(explained);
            examples = List.copyOf(examples);
        }
    }

    /** @param fields that differ, and how */
    public record Example(String id, String kind, String collection, List<FieldDifference> fields, String note) {
        public Example {
            fields = List.copyOf(fields);
        }
    }

    /**
     * @param matched rows whose id, text, metadata and vector are equal
     * @param minCosine over the rows that both sides have; 1 where none has a vector
     * @param maxNormDrift the largest change of a vector's length, as a part of it
     */
    public record Sample(long size, long matched, double minCosine, double maxNormDrift) {}

    /**
     * @param published rows that were sent through the pipeline again
     * @param mended those that agreed afterwards
     * @param reasons why others were not sent, or still differ
     */
    public record Repair(long published, long mended, List<String> reasons) {
        public Repair {
            reasons = List.copyOf(reasons);
        }
    }

    /** With a comparison of searches, in which the verdict takes part. */
    public VerificationReport withSearch(SearchReport compared) {
        return new VerificationReport(
                pipeline,
                target,
                barrier,
                compared.passed() ? verdict : Verdict.FAIL,
                count,
                diff,
                sample,
                compared,
                repair,
                seed,
                seconds);
    }

    public boolean passed() {
        return verdict == Verdict.PASS;
    }
}
