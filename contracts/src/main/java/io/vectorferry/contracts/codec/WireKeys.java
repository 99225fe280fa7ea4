package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys and id mappings on the wire. */
public final class WireKeys {
    private static final int COLLECTION = 1; // of both keys, which begin with it
    private static final int PARTS = 2;
    private static final int NUMBER = 2;
    private static final int TEXT = 3;
    private static final int BARRIER_PARTITION = 4;

    private static final int TARGET = 1;
    private static final int MAPPED_MICROS = 2;

    private static final NamePool COLLECTIONS = new NamePool();

    private WireKeys() {}

    static byte[] encode(SourceKey key) {
        int size = WireWriter.stringSize(COLLECTION, key.collection());
        for (Value part : key.parts()) {
            size += WireWriter.nestedSize(PARTS, WireValues.size(part));
        }
        return WireWriter.bytes(size, out -> {
            WireWriter.writeString(out, COLLECTION, key.collection());
            for (Value part : key.parts()) {
                WireWriter.beginNested(out, PARTS, WireValues.size(part));
                WireValues.write(part, out);
            }
        });
    }

    static SourceKey readSourceKey(CodedInputStream in) throws IOException {
        String collection = "";
        List<Value> parts = new ArrayList<>(1);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case COLLECTION << 3 | WIRETYPE_LENGTH_DELIMITED -> collection = COLLECTIONS.of(in.readBytes());
                case PARTS << 3 | WIRETYPE_LENGTH_DELIMITED -> parts.add(WireParser.nested(in, WireValues::read));
                default -> in.skipField(tag);
            }
        }
        return new SourceKey(collection, parts);
    }

    static byte[] encode(RecordKey key) {
        return WireWriter.bytes(size(key), out -> write(key, out));
    }

    private static int size(RecordKey key) {
        return switch (key) {
            case RecordKey.OfBarrier(int partition) -> CodedOutputStream.computeInt32Size(BARRIER_PARTITION, partition);
            case RecordKey.OfRow(TargetKey(String collection, TargetKey.Id id)) ->
                WireWriter.stringSize(COLLECTION, collection)
                        + switch (id) {
                            case TargetKey.NumberId(long number) -> CodedOutputStream.computeSInt64Size(NUMBER, number);
                            case TargetKey.TextId(String text) -> CodedOutputStream.computeStringSize(TEXT, text);
                        };
        };
    }

    private static void write(RecordKey key, CodedOutputStream out) throws IOException {
        switch (key) {
            case RecordKey.OfBarrier(int partition) -> out.writeInt32(BARRIER_PARTITION, partition);
            case RecordKey.OfRow(TargetKey(String collection, TargetKey.Id id)) -> {
                WireWriter.writeString(out, COLLECTION, collection);
                switch (id) {
                    case TargetKey.NumberId(long number) -> out.writeSInt64(NUMBER, number);
                    case TargetKey.TextId(String text) -> out.writeString(TEXT, text);
                }
            }
        }
    }

    static RecordKey readRecordKey(CodedInputStream in) throws IOException {
        String collection = "";
        TargetKey.@Nullable Id id = null;
        int partition = -1;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case COLLECTION << 3 | WIRETYPE_LENGTH_DELIMITED -> collection = COLLECTIONS.of(in.readBytes());
                case NUMBER << 3 | WIRETYPE_VARINT -> id = new TargetKey.NumberId(in.readSInt64());
                case TEXT << 3 | WIRETYPE_LENGTH_DELIMITED -> id = new TargetKey.TextId(in.readStringRequireUtf8());
                case BARRIER_PARTITION << 3 | WIRETYPE_VARINT -> partition = in.readInt32();
                default -> in.skipField(tag);
            }
        }
        if (partition >= 0) {
            return new RecordKey.OfBarrier(partition);
        }
        if (id == null) {
            throw new IllegalArgumentException("the key names no row");
        }
        return new RecordKey.OfRow(new TargetKey(collection, id));
    }

    static TargetKey readTargetKey(CodedInputStream in) throws IOException {
        return switch (readRecordKey(in)) {
            case RecordKey.OfRow(TargetKey key) -> key;
            case RecordKey.OfBarrier ignored -> throw new IllegalArgumentException("the key names no row");
        };
    }

    static byte[] encode(IdMapping mapping) {
        RecordKey target = new RecordKey.OfRow(mapping.target());
        int targetSize = size(target);
        int size =
                WireWriter.nestedSize(TARGET, targetSize) + WireWriter.int64Size(MAPPED_MICROS, mapping.mappedMicros());
        return WireWriter.bytes(size, out -> {
            WireWriter.beginNested(out, TARGET, targetSize);
            write(target, out);
            WireWriter.writeInt64(out, MAPPED_MICROS, mapping.mappedMicros());
        });
    }

    static IdMapping readIdMapping(CodedInputStream in) throws IOException {
        @Nullable TargetKey target = null;
        long micros = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case TARGET << 3 | WIRETYPE_LENGTH_DELIMITED -> target = WireParser.nested(in, WireKeys::readTargetKey);
                case MAPPED_MICROS << 3 | WIRETYPE_VARINT -> micros = in.readInt64();
                default -> in.skipField(tag);
            }
        }
        if (target == null) {
            throw new IllegalArgumentException("the mapping names no target");
        }
        return new IdMapping(target, micros);
    }
}
