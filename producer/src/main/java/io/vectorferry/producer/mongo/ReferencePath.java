package io.vectorferry.producer.mongo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Where a document's references are: {@code indexes[].dataId}, {@code vectorIds[]} or {@code vectorId}. */
record ReferencePath(List<Step> steps) {
    private static final Pattern WELL_FORMED = Pattern.compile("[^.\\[\\]$]+(\\[])?(\\.[^.\\[\\]$]+(\\[])?)*");

    record Step(String name, boolean each) {}

    ReferencePath {
        steps = List.copyOf(steps);
    }

    static boolean isWellFormed(String text) {
        return WELL_FORMED.matcher(text).matches();
    }

    /** @param text well-formed */
    static ReferencePath parse(String text) {
        List<Step> steps = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            boolean each = part.endsWith("[]");
            steps.add(new Step(each ? part.substring(0, part.length() - 2) : part, each));
        }
        return new ReferencePath(steps);
    }

    /** As a projection or an index names it: {@code indexes.dataId}. */
    String dotted() {
        return steps.stream().map(Step::name).collect(Collectors.joining("."));
    }

    /** In the document's order; absent and null ones are none. */
    List<Reference> in(BsonDocument document) {
        List<Reference> found = new ArrayList<>();
        collect(document, 0, "", found);
        return found;
    }

    private void collect(BsonValue at, int depth, String path, List<Reference> found) {
        if (depth == steps.size()) {
            if (!at.isNull()) {
                found.add(new Reference(path, at));
            }
            return;
        }
        if (!at.isDocument()) {
            return;
        }
        Step step = steps.get(depth);
        @Nullable BsonValue next = at.asDocument().get(step.name());
        if (next == null) {
            return;
        }
        String to = path.isEmpty() ? step.name() : path + "." + step.name();
        if (!step.each()) {
            collect(next, depth + 1, to, found);
        } else if (next.isArray()) {
            for (int i = 0; i < next.asArray().size(); i++) {
                collect(next.asArray().get(i), depth + 1, to + "." + i, found);
            }
        }
    }
}
