package io.vectorferry.verify.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.vectorferry.verify.notes.PassedVerifications.PassedVerification;
import io.vectorferry.verify.row.FieldDifference;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The result of verifying one target; {@code verify --json} prints it unchanged. It contains ids and field names,
 * never field values.
 *
 * @param barrier the last one that was waited for; empty if the stores did not change
 * @param resumedFrom start of the resumed run in ISO-8601; null if there was none
 * @param since what the run did not look at again; null where it looked at every row
 * @param seed of the sample
 * @param sample null where none was taken
 * @param search of the table that found least; null where none was compared
 * @param searches of every table with vectors, where there are several
 * @param repair null where none was asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VerificationReport(
        String pipeline,
        String target,
        String barrier,
        Result verdict,
        Count count,
        Diff diff,
        @Nullable Sample sample,
        @Nullable SearchReport search,
        @Nullable List<SearchReport> searches,
        @Nullable Repair repair,
        @Nullable String resumedFrom,
        @Nullable Since since,
        long seed,
        double seconds) {

    public enum Result {
        @JsonProperty("pass")
        PASS,
        @JsonProperty("fail")
        FAIL
    }

    /** @param source rows that the target must hold, as the pipeline makes them */
    public record Count(long source, long target) {}

    /**
     * @param stale ids under which an older state stands, since the source's new state was refused and is a dead letter
     * @param inFlight ids that changed whenever they were looked at
     * @param explained rows that cannot be written and are dead letters, by their error
     */
    public record Diff(
            long checked,
            long missing,
            long extra,
            long mismatched,
            long stale,
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

    /**
     * The run that passed before: a row that the pipeline has not touched since was not looked at.
     *
     * @param begun as ISO-8601 has it
     * @param fullBegun when the last run began that looked at every row
     */
    public record Since(String begun, String barrier, String fullBegun) {}

    /**
     * Returns the report with a comparison of searches, which becomes part of the verdict.
     *
     * @param compared one a table; empty where there was nothing to compare
     */
    public VerificationReport withSearches(List<SearchReport> compared) {
        return new VerificationReport(
                pipeline,
                target,
                barrier,
                compared.stream().allMatch(SearchReport::passed) ? verdict : Result.FAIL,
                count,
                diff,
                sample,
                compared.stream()
                        .min(Comparator.comparingDouble(SearchReport::meanOverlap))
                        .orElse(null),
                compared.size() > 1 ? List.copyOf(compared) : null,
                repair,
                resumedFrom,
                since,
                seed,
                seconds);
    }

    public VerificationReport takenUpFrom(Optional<Instant> begun) {
        return new VerificationReport(
                pipeline,
                target,
                barrier,
                verdict,
                count,
                diff,
                sample,
                search,
                searches,
                repair,
                begun.map(Instant::toString).orElse(null),
                since,
                seed,
                seconds);
    }

    /** Returns the report as that of a run over rows touched after another one. */
    public VerificationReport since(PassedVerification before) {
        return new VerificationReport(
                pipeline,
                target,
                barrier,
                verdict,
                count,
                diff,
                sample,
                search,
                searches,
                repair,
                resumedFrom,
                new Since(before.begun(), before.barrier(), before.fullBegun()),
                seed,
                seconds);
    }

    /** Returns the search reports of all tables. */
    @JsonIgnore
    public List<SearchReport> allSearches() {
        if (searches != null) {
            return searches;
        }
        return search == null ? List.of() : List.of(search);
    }

    public boolean passed() {
        return verdict == Result.PASS;
    }
}
