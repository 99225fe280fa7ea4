package io.vectorferry.app.verify;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Which row of the source stands under which id of a table. */
interface RowIds {
    /** Where ids are given: of a row that was given none yet one that no row of the target has. */
    TargetKey.Id of(SourceKey key);

    static TargetKey.Id notGiven(SourceKey key) {
        return new TargetKey.TextId("none given yet to " + key);
    }

    /** {@link #of} of these keys then says what they have been given by now. */
    default void learn(Collection<SourceKey> keys) {}

    /** The keys that rows of these ids may have; an id from which no key follows is left out. */
    Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids);
}
