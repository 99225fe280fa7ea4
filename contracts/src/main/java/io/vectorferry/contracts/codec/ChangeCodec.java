package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.wire.Op;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link Change} on the wire. */
public final class ChangeCodec implements Codec<Change> {
    private static final int OP = 1;
    private static final int POSITION = 2;
    private static final int SOURCE_MICROS = 3;
    private static final int ROW = 4;
    private static final int COLLECTION = 5;
    private static final int BARRIER = 6;
    private static final int REDRIVEN = 7;
    private static final int REDRIVEN_RECORD = 8;
    private static final int REDRIVEN_LETTER = 9;

    private static final SourcePosition NO_POSITION = SourcePosition.snapshot(0);
    private static final Barrier NO_BARRIER = new Barrier("", 0, "", 0, 0);
    private static final Row NO_ROW = new Row(null, List.of());

    @Override
    public byte[] encode(Change change) {
        return switch (change) {
            case Change.Upsert upsert -> encode(upsert);
            case Change.Delete(var position, long micros) -> encode(Op.OP_DELETE_VALUE, "", position, micros);
            case Change.Truncate(String collection, var position, long micros) ->
                encode(Op.OP_TRUNCATE_VALUE, collection, position, micros);
            case Change.SnapshotComplete(String collection, int generation) ->
                encode(Op.OP_SNAPSHOT_COMPLETE_VALUE, collection, SourcePosition.snapshot(generation), 0);
            case Change.BarrierMark(Barrier barrier) -> encode(barrier);
            case Change.Redrive redrive -> encode(redrive);
        };
    }

    private static byte[] encode(Change.Upsert upsert) {
        MeasuredRow row = MeasuredRow.of(upsert.row());
        int op = op(upsert.origin());
        int size = (op == 0 ? 0 : CodedOutputStream.computeEnumSize(OP, op))
                + placeSize(upsert.position(), upsert.sourceMicros())
                + WireWriter.nestedSize(ROW, row.size());
        return WireWriter.bytes(size, out -> {
            if (op != 0) {
                out.writeEnum(OP, op);
            }
            writePlace(upsert.position(), upsert.sourceMicros(), out);
            WireWriter.beginNested(out, ROW, row.size());
            row.write(out);
        });
    }

    private static byte[] encode(int op, String collection, SourcePosition position, long micros) {
        int size = CodedOutputStream.computeEnumSize(OP, op)
                + placeSize(position, micros)
                + WireWriter.stringSize(COLLECTION, collection);
        return WireWriter.bytes(size, out -> {
            out.writeEnum(OP, op);
            writePlace(position, micros, out);
            WireWriter.writeString(out, COLLECTION, collection);
        });
    }

    private static byte[] encode(Barrier barrier) {
        int content = WirePositions.size(barrier);
        int size = CodedOutputStream.computeEnumSize(OP, Op.OP_BARRIER_VALUE) + WireWriter.nestedSize(BARRIER, content);
        return WireWriter.bytes(size, out -> {
            out.writeEnum(OP, Op.OP_BARRIER_VALUE);
            WireWriter.beginNested(out, BARRIER, content);
            WirePositions.write(barrier, out);
        });
    }

    private static byte[] encode(Change.Redrive redrive) {
        ByteString original = redrive.original();
        int size = CodedOutputStream.computeEnumSize(OP, Op.OP_REDRIVE_VALUE)
                + placeSize(redrive.position(), 0)
                + (original.isEmpty() ? 0 : CodedOutputStream.computeBytesSize(REDRIVEN, original))
                + (redrive.isRecord() ? CodedOutputStream.computeBoolSize(REDRIVEN_RECORD, true) : 0)
                + (redrive.isLetter() ? CodedOutputStream.computeBoolSize(REDRIVEN_LETTER, true) : 0);
        return WireWriter.bytes(size, out -> {
            out.writeEnum(OP, Op.OP_REDRIVE_VALUE);
            writePlace(redrive.position(), 0, out);
            if (!original.isEmpty()) {
                out.writeBytes(REDRIVEN, original);
            }
            if (redrive.isRecord()) {
                out.writeBool(REDRIVEN_RECORD, true);
            }
            if (redrive.isLetter()) {
                out.writeBool(REDRIVEN_LETTER, true);
            }
        });
    }

    private static int placeSize(SourcePosition position, long micros) {
        return WireWriter.nestedSize(POSITION, WirePositions.size(position))
                + WireWriter.int64Size(SOURCE_MICROS, micros);
    }

    private static void writePlace(SourcePosition position, long micros, CodedOutputStream out) throws IOException {
        WireWriter.beginNested(out, POSITION, WirePositions.size(position));
        WirePositions.write(position, out);
        WireWriter.writeInt64(out, SOURCE_MICROS, micros);
    }

    @Override
    public Change decode(byte @Nullable [] bytes) {
        return WireParser.read(bytes, ChangeCodec::read);
    }

    private static Change read(CodedInputStream in) throws IOException {
        int op = 0;
        SourcePosition position = NO_POSITION;
        long micros = 0;
        Row row = NO_ROW;
        String collection = "";
        Barrier barrier = NO_BARRIER;
        ByteString redriven = ByteString.EMPTY;
        boolean redrivenRecord = false;
        boolean redrivenLetter = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case OP << 3 | WIRETYPE_VARINT -> op = in.readEnum();
                case POSITION << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    position = WireParser.nested(in, WirePositions::readPosition);
                case SOURCE_MICROS << 3 | WIRETYPE_VARINT -> micros = in.readInt64();
                case ROW << 3 | WIRETYPE_LENGTH_DELIMITED -> row = WireParser.nested(in, WireRows::read);
                case COLLECTION << 3 | WIRETYPE_LENGTH_DELIMITED -> collection = in.readStringRequireUtf8();
                case BARRIER << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    barrier = WireParser.nested(in, WirePositions::readBarrier);
                case REDRIVEN << 3 | WIRETYPE_LENGTH_DELIMITED -> redriven = in.readBytes();
                case REDRIVEN_RECORD << 3 | WIRETYPE_VARINT -> redrivenRecord = in.readBool();
                case REDRIVEN_LETTER << 3 | WIRETYPE_VARINT -> redrivenLetter = in.readBool();
                default -> in.skipField(tag);
            }
        }
        return switch (op) {
            case Op.OP_SNAPSHOT_VALUE -> new Change.Upsert(Change.Origin.SNAPSHOT, position, micros, row);
            case Op.OP_CREATE_VALUE -> new Change.Upsert(Change.Origin.CREATE, position, micros, row);
            case Op.OP_UPDATE_VALUE -> new Change.Upsert(Change.Origin.UPDATE, position, micros, row);
            case Op.OP_DELETE_VALUE -> new Change.Delete(position, micros);
            case Op.OP_TRUNCATE_VALUE -> new Change.Truncate(collection, position, micros);
            case Op.OP_SNAPSHOT_COMPLETE_VALUE -> new Change.SnapshotComplete(collection, position.generation());
            case Op.OP_BARRIER_VALUE -> new Change.BarrierMark(barrier);
            case Op.OP_REDRIVE_VALUE -> new Change.Redrive(position, redriven, redrivenRecord, redrivenLetter);
            default -> throw new IllegalArgumentException("unknown op " + op);
        };
    }

    /** The bytes of an upsert's row as they came, a view of the change's own; empty where there is none. */
    static ByteString rowOf(ByteString change) {
        return WireParser.read(change, in -> {
            ByteString row = ByteString.EMPTY;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (tag == (ROW << 3 | WIRETYPE_LENGTH_DELIMITED)) {
                    row = in.readBytes();
                } else {
                    in.skipField(tag);
                }
            }
            return row;
        });
    }

    private static int op(Change.Origin origin) {
        return switch (origin) {
            case SNAPSHOT -> Op.OP_SNAPSHOT_VALUE;
            case CREATE -> Op.OP_CREATE_VALUE;
            case UPDATE -> Op.OP_UPDATE_VALUE;
        };
    }
}
