package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_FIXED64;
import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.SourcePosition;
import java.io.IOException;

/** Positions and barriers on the wire. */
public final class WirePositions {
    private static final int GENERATION = 1;
    private static final int PHASE = 2;
    private static final int PLACE = 3;
    private static final int ORDER = 4;

    private static final int ID = 1;
    private static final int ISSUED_MICROS = 2;
    private static final int SOURCE_POSITION = 3;
    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGED = 5;

    private WirePositions() {}

    public static int size(SourcePosition position) {
        return WireWriter.uint32Size(GENERATION, position.generation())
                + WireWriter.int32Size(PHASE, phase(position))
                + (position.place() == 0 ? 0 : CodedOutputStream.computeFixed64Size(PLACE, position.place()))
                + WireWriter.uint32Size(ORDER, position.order());
    }

    static void write(SourcePosition position, CodedOutputStream out) throws IOException {
        WireWriter.writeUInt32(out, GENERATION, position.generation());
        WireWriter.writeInt32(out, PHASE, phase(position));
        if (position.place() != 0) {
            out.writeFixed64(PLACE, position.place());
        }
        WireWriter.writeUInt32(out, ORDER, position.order());
    }

    private static int phase(SourcePosition position) {
        return switch (position.phase()) {
            case SNAPSHOT -> 0;
            case STREAM -> 1;
        };
    }

    static SourcePosition readPosition(CodedInputStream in) throws IOException {
        int generation = 0;
        SourcePosition.Phase phase = SourcePosition.Phase.SNAPSHOT;
        long place = 0;
        int order = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case GENERATION << 3 | WIRETYPE_VARINT -> generation = in.readUInt32();
                case PHASE << 3 | WIRETYPE_VARINT ->
                    phase = switch (in.readEnum()) {
                        case 0 -> SourcePosition.Phase.SNAPSHOT;
                        case 1 -> SourcePosition.Phase.STREAM;
                        default -> throw new IllegalArgumentException("unknown phase");
                    };
                case PLACE << 3 | WIRETYPE_FIXED64 -> place = in.readFixed64();
                case ORDER << 3 | WIRETYPE_VARINT -> order = in.readUInt32();
                default -> in.skipField(tag);
            }
        }
        return new SourcePosition(generation, phase, place, order);
    }

    public static int size(Barrier barrier) {
        return WireWriter.stringSize(ID, barrier.id())
                + WireWriter.int64Size(ISSUED_MICROS, barrier.issuedMicros())
                + WireWriter.stringSize(SOURCE_POSITION, barrier.sourcePosition())
                + WireWriter.int64Size(SEQUENCE, barrier.sequence())
                + WireWriter.int64Size(ACKNOWLEDGED, barrier.acknowledged());
    }

    static void write(Barrier barrier, CodedOutputStream out) throws IOException {
        WireWriter.writeString(out, ID, barrier.id());
        WireWriter.writeInt64(out, ISSUED_MICROS, barrier.issuedMicros());
        WireWriter.writeString(out, SOURCE_POSITION, barrier.sourcePosition());
        WireWriter.writeInt64(out, SEQUENCE, barrier.sequence());
        WireWriter.writeInt64(out, ACKNOWLEDGED, barrier.acknowledged());
    }

    static Barrier readBarrier(CodedInputStream in) throws IOException {
        String id = "";
        long issued = 0;
        String position = "";
        long sequence = 0;
        long acknowledged = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case ID << 3 | WIRETYPE_LENGTH_DELIMITED -> id = in.readStringRequireUtf8();
                case ISSUED_MICROS << 3 | WIRETYPE_VARINT -> issued = in.readInt64();
                case SOURCE_POSITION << 3 | WIRETYPE_LENGTH_DELIMITED -> position = in.readStringRequireUtf8();
                case SEQUENCE << 3 | WIRETYPE_VARINT -> sequence = in.readInt64();
                case ACKNOWLEDGED << 3 | WIRETYPE_VARINT -> acknowledged = in.readInt64();
                default -> in.skipField(tag);
            }
        }
        return new Barrier(id, issued, position, sequence, acknowledged);
    }
}
