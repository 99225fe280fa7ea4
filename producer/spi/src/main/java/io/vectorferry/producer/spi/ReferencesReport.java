package io.vectorferry.producer.spi;

/**
 * The result of a rewrite, or of its preview.
 *
 * @param changed references given the other id
 * @param already that have it, from an earlier run or since the ids are equal
 * @param unmapped without a row in the pipeline; not changed
 * @param edited that the application changed meanwhile, or that cannot be distinguished; not changed
 */
public record ReferencesReport(
        long documents, long references, long changed, long already, long unmapped, long edited) {
    public static final ReferencesReport NONE = new ReferencesReport(0, 0, 0, 0, 0, 0);

    public ReferencesReport plus(ReferencesReport other) {
        return new ReferencesReport(
                documents + other.documents,
                references + other.references,
                changed + other.changed,
                already + other.already,
                unmapped + other.unmapped,
                edited + other.edited);
    }
}
