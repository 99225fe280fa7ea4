package io.vectorferry.app.process;

import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.rules.ids.SharedTables;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The collections of a pipeline that share a table, where preserved ids may conflict. */
final class TableSharing {
    private TableSharing() {}

    static SharedTables of(LoadedPipeline pipeline) {
        if (pipeline.config().ids() != IdPolicy.PRESERVE) {
            return SharedTables.NONE;
        }
        Source source = pipeline.source();
        boolean oneTable = pipeline.targets().stream().anyMatch(TableSharing::isOneTable);
        if (oneTable && source.mayGrow()) {
            return everything();
        }
        // Of a source that grows and of tables named after collections, the names that are there now.
        List<String> collections = source.collections();
        if (oneTable && collections.size() > 1) {
            return everything();
        }
        Map<String, String> tables = new HashMap<>();
        for (Target target : pipeline.targets()) {
            for (String collection : collections) {
                long same = collections.stream()
                        .filter(other -> target.sharing(other).equals(target.sharing(collection)))
                        .count();
                if (same > 1) {
                    tables.merge(collection, target.sharing(collection), (one, other) -> one);
                }
            }
        }
        return new SharedTables(tables, Optional.empty());
    }

    private static SharedTables everything() {
        return new SharedTables(Map.of(), Optional.of("all"));
    }

    /** Whatever the collection's name. */
    private static boolean isOneTable(Target target) {
        return target.sharing("a").equals(target.sharing("b"));
    }
}
