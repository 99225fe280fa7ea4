package io.vectorferry.producer.join;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Value;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** The fields that documents give to the vectors they refer to, all in memory: by the stream processor's rule, which finds the first in the order of the documents' encoded keys. */
public final class ReferencedFields {
    private static final Comparator<ByteString> BYTES = ByteString.unsignedLexicographicalComparator();

    private static final Comparator<Owner> FIRST = Comparator.<Owner, Boolean>comparing(
                    owner -> owner.problem() != null)
            .thenComparing(Owner::document, BYTES);

    private final Map<List<Value>, Owner> byVector = new HashMap<>();

    /**
     * @param problem why the document cannot be read exactly; null where it can
     */
    private record Owner(
            ByteString document,
            List<Field> fields,
            @Nullable String problem) {}

    public void add(SourceKey document, Iterable<List<Value>> vectors, List<Field> fields) {
        add(document, vectors, fields, null);
    }

    /** A document with a problem gives its fields only where no other one does. */
    public void add(SourceKey document, Iterable<List<Value>> vectors, List<Field> fields, @Nullable String problem) {
        ByteString order = UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(
                Codecs.SOURCE_KEY.encode(new SourceKey("", List.of(new Value.Items(document.parts()))))));
        Owner owner = new Owner(order, fields, problem);
        BinaryOperator<Owner> first = (a, b) -> FIRST.compare(a, b) <= 0 ? a : b;
        vectors.forEach(vector -> byVector.merge(vector, owner, first));
    }

    /** Why the document of this vector cannot be read exactly; empty where it can, or where there is none. */
    public Optional<String> problemOf(List<Value> vector) {
        return Optional.ofNullable(byVector.get(vector)).map(Owner::problem);
    }

    public Optional<List<Field>> fieldsOf(List<Value> vector) {
        return Optional.ofNullable(byVector.get(vector)).map(Owner::fields);
    }
}
