package io.vectorferry.verify.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.verify.row.RowHasher.EncodedBytes;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The notes of a verification that an earlier version has left are taken up. */
class SpillFileTest {
    private static final TargetKey.Id NUMBER = new TargetKey.NumberId(7);
    private static final TargetKey.Id TEXT = new TargetKey.TextId("a");
    private static final SourceKey KEY = new SourceKey("docs", List.of(new Value.Whole(7)));

    @Test
    void anEntryHasTheBytesThatEarlierVersionsWrote() {
        assertBytes(
                new SpillFile.Entry(NUMBER, KEY, new ExpectedHash.Hashed(new RowHash(1, 2))),
                "0000002b00000009000000000000000007000000000000000001000000000000000201" + "00000004646f6373");
        assertBytes(new SpillFile.Entry(TEXT, null, new ExpectedHash.Excluded()), "0000000c0000000201610100");
        assertBytes(
                new SpillFile.Entry(TEXT, null, new ExpectedHash.Rejected(ErrorType.SCHEMA)),
                "000000160000000201610200000006534348454d4100");
    }

    private static void assertBytes(SpillFile.Entry entry, String hex) {
        EncodedBytes written = new EncodedBytes();
        entry.write(written);

        assertThat(HexFormat.of().formatHex(written.array(), 0, written.size())).isEqualTo(hex);
        assertThat(SpillFile.Entry.read(ByteBuffer.wrap(HexFormat.of().parseHex(hex))))
                .isEqualTo(entry);
    }
}
