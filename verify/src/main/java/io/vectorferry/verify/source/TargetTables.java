package io.vectorferry.verify.source;

import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.ids.IdMapReader;
import io.vectorferry.verify.ids.RowIds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which collections of the source go to which table of a target, and which ids their rows have there. */
public record TargetTables(LoadedPipeline pipeline, Target target) {

    /** The collections that share a table are compared with it together. */
    public Collection<List<String>> all() {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        for (String collection : pipeline.source().collections()) {
            tables.computeIfAbsent(target.sharing(collection), table -> new ArrayList<>())
                    .add(collection);
        }
        return tables.values();
    }

    /** @param map empty where there is no pipeline to ask */
    public RowIds ids(List<String> collections, Optional<IdMapReader.KeySearch> map) {
        return RowIds.computed(IdRule.computing(pipeline.config().ids()), collections, map);
    }
}
