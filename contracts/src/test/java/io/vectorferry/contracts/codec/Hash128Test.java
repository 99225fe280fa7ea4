package io.vectorferry.contracts.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Hash128Test {
    /** As `printf abc | sha256sum` prints it; stores and files hold these bytes. */
    private static final Hash128 ABC = new Hash128(0xba7816bf8f01cfeaL, 0x414140de5dae2223L);

    @Test
    void itIsTheFirstHalfOfTheSha256() {
        assertThat(Hash128.sha256(bytes("abc"))).isEqualTo(ABC);
        assertThat(Hash128.sha256(ByteString.copyFromUtf8("abc"))).isEqualTo(ABC);
    }

    @Test
    void partsAreHashedOneBehindTheOther() {
        assertThat(Hash128.sha256(bytes("a"), bytes(""), bytes("bc"))).isEqualTo(ABC);
        assertThat(Hash128.sha256(ByteString.copyFromUtf8("a").concat(ByteString.copyFromUtf8("bc"))))
                .isEqualTo(ABC);
    }

    @Test
    void noContentHasTheHashOfNone() {
        assertThat(Hash128.sha256()).isNotEqualTo(Hash128.NONE);
        assertThat(Hash128.sha256(ByteString.EMPTY)).isNotEqualTo(Hash128.NONE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
