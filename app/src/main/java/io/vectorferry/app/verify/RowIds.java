package io.vectorferry.app.verify;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Which row of the source stands under which id of a table. */
interface RowIds {
    TargetKey.Id of(SourceKey key);

    /** Takes what ids were given since. */
    default void refresh() {}

    /** The keys that rows of these ids may have; an id from which no key follows is left out. */
    Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids);
}
