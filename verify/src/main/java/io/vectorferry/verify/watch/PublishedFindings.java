package io.vectorferry.verify.watch;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.ContinuousVerification;
import io.vectorferry.contracts.wire.Control;
import java.time.Duration;

/**
 * The findings of a target's continuous verification in {@code control}, for the status and for the next run. For one
 * thread.
 */
final class PublishedFindings {
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(2);

    private final String target;
    private final ControlPublisher publisher;
    private ContinuousVerification last = ContinuousVerification.getDefaultInstance();
    private long publishedAt = System.nanoTime() - AT_MOST_EVERY.toNanos();

    PublishedFindings(String target, ControlPublisher publisher) {
        this.target = target;
        this.publisher = publisher;
    }

    ContinuousVerification before(ControlView view) {
        view.refresh();
        last = view.get(ControlKey.verification(target))
                .map(Control::getContinuousVerification)
                .orElse(last);
        return last;
    }

    /** @param now whether it cannot wait */
    void publish(ContinuousVerification.Builder state, boolean now) {
        ContinuousVerification next = state.setTarget(target).build();
        boolean isDue = System.nanoTime() - publishedAt >= AT_MOST_EVERY.toNanos();
        boolean hasMended = !last.getError().isEmpty();
        if (!next.equals(last) && (isDue || now || hasMended)) {
            send(next);
        }
    }

    /** Whether it is news. */
    boolean fail(Throwable e) {
        FerryException known = FerryException.unexpected("the verification", e);
        String error = "%s. %s".formatted(known.getMessage(), known.remedy()).strip();
        boolean isNew = !error.equals(last.getError());
        if (isNew) {
            send(last.toBuilder().setTarget(target).setError(error).build());
        }
        return isNew;
    }

    /** Sends without waiting: the next one replaces it. */
    private void send(ContinuousVerification next) {
        var unused = publisher.send(
                ControlKey.verification(target),
                Control.newBuilder().setContinuousVerification(next).build());
        last = next;
        publishedAt = System.nanoTime();
    }
}
