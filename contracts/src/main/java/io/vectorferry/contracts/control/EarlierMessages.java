package io.vectorferry.contracts.control;

import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DocumentCapture;
import io.vectorferry.contracts.wire.IdLookupAddress;
import io.vectorferry.contracts.wire.StreamProgress;

/** Messages of {@code control} that version 0.1 wrote in the fields of another kind, as the kind that they are. */
final class EarlierMessages {
    private EarlierMessages() {}

    /** Returns the message as this version writes it. */
    static Control current(ControlKey key, Control message) {
        if (message.hasCaptureProgress() && key.equals(ControlKey.captureOfDocuments())) {
            return Control.newBuilder()
                    .setDocumentCapture(documents(message.getCaptureProgress()))
                    .build();
        }
        if (message.hasStreamProgress() && key.text().startsWith(ControlKey.ID_LOOKUPS)) {
            return Control.newBuilder()
                    .setIdLookup(address(message.getStreamProgress()))
                    .build();
        }
        return message;
    }

    private static DocumentCapture documents(CaptureProgress earlier) {
        return DocumentCapture.newBuilder()
                .setGeneration(earlier.getGeneration())
                .setPlace(earlier.getPlace())
                .setOrder(Math.toIntExact(earlier.getLagBytes()))
                .setResumeToken(earlier.getSlot())
                .setPosition(earlier.getSourcePosition())
                .setError(earlier.getError())
                .setUpdatedMicros(earlier.getUpdatedMicros())
                .build();
    }

    private static IdLookupAddress address(StreamProgress earlier) {
        return IdLookupAddress.newBuilder()
                .setAddress(earlier.getInstance())
                .setToken(earlier.getLookupToken())
                .setUpdatedMicros(earlier.getUpdatedMicros())
                .build();
    }
}
