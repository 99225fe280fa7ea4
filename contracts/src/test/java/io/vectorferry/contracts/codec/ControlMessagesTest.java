package io.vectorferry.contracts.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.vectorferry.contracts.wire.Control;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Messages of {@code control} as they were once written, which an upgraded pipeline finds on its topic. {@code control-messages.txt}
 * has the bytes of each kind with what they say; {@code -Dferry.test.surface=write} adds lines for fields and kinds that are new,
 * and no line is ever taken away.
 */
class ControlMessagesTest {
    private static final Path WRITTEN = Path.of("src/test/resources/control-messages.txt");
    private static final int SHIFT = 7;

    @Test
    void bytesThatWereOnceWrittenSayWhatTheySaid() throws IOException {
        for (String line : Files.readAllLines(WRITTEN)) {
            Control message = Control.parseFrom(HexFormat.of().parseHex(line.substring(0, line.indexOf(' '))));

            assertThat(line(message)).isEqualTo(line);
            assertThat(message.getKindCase()).isNotEqualTo(Control.KindCase.KIND_NOT_SET);
        }
    }

    @Test
    void everyFieldOfEveryKindHasItsBytesOnRecord() throws IOException {
        List<String> lines = new ArrayList<>(Files.exists(WRITTEN) ? Files.readAllLines(WRITTEN) : List.of());
        List<String> now = new ArrayList<>();
        for (FieldDescriptor kind : Control.getDescriptor().getFields()) {
            Control.Builder control = Control.newBuilder();
            control.setField(kind, filled(control.newBuilderForField(kind)));
            now.add(line(control.build()));
        }
        if ("write".equals(System.getProperty("ferry.test.surface"))) {
            now.stream().filter(line -> !lines.contains(line)).forEach(lines::add);
            Files.write(WRITTEN, lines);
        }
        assertThat(lines).containsAll(now);
    }

    private static String line(Control message) throws InvalidProtocolBufferException {
        assertThat(Control.parseFrom(message.toByteArray())).isEqualTo(message);
        String text = TextFormat.printer().emittingSingleLine(true).printToString(message);
        return HexFormat.of().formatHex(message.toByteArray()) + " " + text.strip();
    }

    /** With a value in each field that tells which one it is. */
    private static Message filled(Message.Builder message) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.isRepeated()) {
                message.addRepeatedField(field, value(message, field));
            } else {
                message.setField(field, value(message, field));
            }
        }
        return message.build();
    }

    private static Object value(Message.Builder message, FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case INT -> 100 + field.getNumber();
            case LONG -> 1_000_000L + field.getNumber();
            case FLOAT -> 0.5f + field.getNumber();
            case DOUBLE -> 0.25 + field.getNumber();
            case BOOLEAN -> true;
            case STRING -> field.getName() + "-é";
            case BYTE_STRING -> ByteString.copyFrom(new byte[] {0, (byte) -1, (byte) (field.getNumber() << SHIFT)});
            case ENUM -> field.getEnumType().getValues().getLast();
            case MESSAGE -> filled(message.newBuilderForField(field));
        };
    }
}
