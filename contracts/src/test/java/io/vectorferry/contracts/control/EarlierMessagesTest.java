package io.vectorferry.contracts.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DocumentCapture;
import io.vectorferry.contracts.wire.IdLookupAddress;
import io.vectorferry.contracts.wire.StreamProgress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bytes are what version 0.1 wrote. */
class EarlierMessagesTest {
    @Test
    void thePlaceOfDocumentsIsReadFromACaptureProgress() throws Exception {
        Control earlier = message(
                "1a3f0a0c313739353838383236302e371087808080c090c5856b180330c096b48e9dab98033a117b225f64617461223a202238323637227d420461776179a00102");
        assertThat(EarlierMessages.current(ControlKey.captureOfDocuments(), earlier)
                        .getDocumentCapture())
                .isEqualTo(DocumentCapture.newBuilder()
                        .setGeneration(2)
                        .setPlace(1_795_888_260L << 32 | 7)
                        .setOrder(3)
                        .setResumeToken("{\"_data\": \"8267\"}")
                        .setPosition("1795888260.7")
                        .setError("away")
                        .setUpdatedMicros(1_795_888_260_123_456L)
                        .build());
        assertThat(EarlierMessages.current(ControlKey.capture(), earlier))
                .as("that of PostgreSQL and Chroma")
                .isEqualTo(earlier);
    }

    @Test
    void theAddressOfLookUpsIsReadFromAStreamProgress() throws Exception {
        Control earlier = message("2a180a0f3132372e302e302e313a3433323130420574306b656e");
        assertThat(EarlierMessages.current(ControlKey.idLookup("127.0.0.1:43210"), earlier)
                        .getIdLookup())
                .isEqualTo(IdLookupAddress.newBuilder()
                        .setAddress("127.0.0.1:43210")
                        .setToken("t0ken")
                        .build());
    }

    @Test
    void whatIsAlreadyOfItsOwnKindStays() {
        Control progress = Control.newBuilder()
                .setStreamProgress(StreamProgress.newBuilder().setInstance("host"))
                .build();
        assertThat(EarlierMessages.current(ControlKey.stream("host"), progress)).isEqualTo(progress);
        Control address = Control.newBuilder()
                .setIdLookup(IdLookupAddress.newBuilder().setAddress("host:1"))
                .build();
        assertThat(EarlierMessages.current(ControlKey.idLookup("host:1"), address))
                .isEqualTo(address);
    }

    private static Control message(String hex) throws InvalidProtocolBufferException {
        return Control.parseFrom(HexFormat.of().parseHex(hex));
    }
}
