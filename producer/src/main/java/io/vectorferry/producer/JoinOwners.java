package io.vectorferry.producer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;

/** The fields that documents give to the vectors they refer to, all in memory: by the stream processor's rule, which finds the first in the order of the documents' encoded keys. */
public final class JoinOwners {
    private static final Comparator<ByteString> BYTES = ByteString.unsignedLexicographicalComparator();

    private final Map<List<Value>, Owner> byVector = new HashMap<>();

    private record Owner(ByteString document, List<Field> fields) {}

    public void add(SourceKey document, Iterable<List<Value>> vectors, List<Field> fields) {
        ByteString order = UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(
                Codecs.SOURCE_KEY.encode(new SourceKey("", List.of(new Value.Items(document.parts()))))));
        Owner owner = new Owner(order, fields);
        BinaryOperator<Owner> first = (a, b) -> BYTES.compare(a.document(), b.document()) <= 0 ? a : b;
        vectors.forEach(vector -> byVector.merge(vector, owner, first));
    }

    public Optional<List<Field>> fieldsOf(List<Value> vector) {
        return Optional.ofNullable(byVector.get(vector)).map(Owner::fields);
    }
}
