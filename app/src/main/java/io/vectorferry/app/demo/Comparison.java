package io.vectorferry.app.demo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every row of the source against what the target gives back for its id. For one thread. */
final class Comparison {
    private static final int ROWS_PER_PAGE = 1_000;

    private final SourceArticles source;
    private final TargetArticles target;

    Comparison(SourceArticles source, TargetArticles target) {
        this.source = source;
        this.target = target;
    }

    /** The number of rows, all of them equal and no others in the target. */
    long equalRows() {
        long equal = 0;
        long last = 0;
        for (var page = source.page(last, ROWS_PER_PAGE); !page.isEmpty(); page = source.page(last, ROWS_PER_PAGE)) {
            equal += equalOf(page);
            last = page.getLast().id();
        }
        if (target.count() != equal) {
            throw different("the target has %,d rows, the source %,d".formatted(target.count(), equal));
        }
        return equal;
    }

    private int equalOf(List<SourceArticles.Stored> page) {
        Map<Long, Row> there =
                target.rows(page.stream().map(SourceArticles.Stored::id).toList());
        for (SourceArticles.Stored row : page) {
            Row copy = there.get(row.id());
            boolean equal = copy != null
                    && TargetArticles.text(copy, "title").equals(row.title())
                    && TargetArticles.text(copy, "body").equals(row.body())
                    && TargetArticles.vector(copy).equals(Optional.of(row.embedding()));
            if (!equal) {
                throw different("row %d is not the same on both sides".formatted(row.id()));
            }
        }
        return page.size();
    }

    private static FerryException different(String how) {
        return FerryException.misconfigured(how, "This is a bug: please report it with the demo's log.");
    }
}
