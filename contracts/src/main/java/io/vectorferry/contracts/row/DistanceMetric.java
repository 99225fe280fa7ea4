package io.vectorferry.contracts.row;

/** How far apart two dense vectors are, as a distance of which less is nearer. */
public enum DistanceMetric {
    /** Squared, as most stores give it. */
    L2("l2"),
    /** 1 minus the cosine. */
    COSINE("cosine"),
    /** 1 minus the inner product. */
    DOT("dot");

    private final String label;

    DistanceMetric(String label) {
        this.label = label;
    }

    /** Returns the name used in reports. */
    public String label() {
        return label;
    }
}
