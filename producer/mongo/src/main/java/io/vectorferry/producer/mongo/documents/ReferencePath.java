package io.vectorferry.producer.mongo.documents;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Where a document's references are: {@code indexes[].dataId}, {@code vectorIds[]} or {@code vectorId}. As in MongoDB's
 * own paths an array stands for each of its elements and a single value for an array of one, whatever the path says.
 *
 * @param steps the names
 */
public record ReferencePath(List<String> steps) {
    private static final Pattern WELL_FORMED = Pattern.compile("[^.\\[\\]$]+(\\[])?(\\.[^.\\[\\]$]+(\\[])?)*");

    public ReferencePath {
        steps = List.copyOf(steps);
    }

    static boolean isWellFormed(String text) {
        return WELL_FORMED.matcher(text).matches();
    }

    /** @param text well-formed */
    public static ReferencePath parse(String text) {
        return new ReferencePath(List.of(text.replace("[]", "").split("\\.", -1)));
    }

    /** As a projection or an index names it: {@code indexes.dataId}. */
    public String dotted() {
        return String.join(".", steps);
    }

    /** In the document's order; absent and null ones are none. */
    public List<Reference> in(BsonDocument document) {
        List<Reference> found = new ArrayList<>();
        collect(document, 0, "", found);
        return found;
    }

    private void collect(BsonValue at, int depth, String path, List<Reference> found) {
        if (at.isArray()) {
            for (int i = 0; i < at.asArray().size(); i++) {
                collect(at.asArray().get(i), depth, path + "." + i, found);
            }
        } else if (depth == steps.size()) {
            if (!at.isNull()) {
                found.add(new Reference(path, at));
            }
        } else if (at.isDocument()) {
            String step = steps.get(depth);
            @Nullable BsonValue next = at.asDocument().get(step);
            if (next != null) {
                collect(next, depth + 1, path.isEmpty() ? step : path + "." + step, found);
            }
        }
    }
}
