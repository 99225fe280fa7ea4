package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.LagObserver.CaptureLink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CaptureLinkTest {
    private static final int A_MINUTE = 60;

    private final CaptureLink link = new CaptureLink();

    private void look(int times, int pid, @Nullable String reply, @Nullable String waitsFor) {
        for (int i = 0; i < times; i++) {
            link.observed(pid, reply, waitsFor);
        }
    }

    @Test
    void aCaptureThatIsHeardOrAServerThatWorksForItIsNoSilence() {
        look(A_MINUTE, 0, null, null); // it has not begun yet
        for (int i = 0; i < A_MINUTE; i++) {
            look(10, 7, "12:00:" + i, "Activity");
        }
        look(A_MINUTE, 7, "12:01:00", null); // decodes a large transaction
        look(A_MINUTE, 7, "12:01:00", "IO");
    }

    @Test
    void aConnectionOverWhichTheServerHearsNothingIsLost() {
        assertThatThrownBy(() -> look(A_MINUTE, 7, "12:00:00", "Activity"))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("received nothing over the replication connection for 36 s");
    }

    @Test
    void aConnectionThatTheServerHasEndedIsLost() {
        look(3, 7, "12:00:00", "Activity");
        assertThatThrownBy(() -> look(A_MINUTE, 0, null, null))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("has ended the replication connection");
    }
}
