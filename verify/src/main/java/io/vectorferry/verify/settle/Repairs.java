package io.vectorferry.verify.settle;

import io.vectorferry.verify.row.SettledSuspect;
import java.util.List;

/** Sends rows through the pipeline again; never writes to a target behind its back. */
public interface Repairs {
    /** Where no pipeline runs. */
    Repairs NONE = differences -> {
        throw new IllegalStateException("there is no pipeline to repair by");
    };

    /**
     * Returns when all that can be sent is acknowledged.
     *
     * @param differences settled ones
     * @return of those that cannot be sent, why not
     */
    List<String> publish(List<SettledSuspect> differences);
}
