package io.vectorferry.verify.diff;

import io.vectorferry.contracts.FerryException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Work of another thread, waited for. */
public final class BackgroundTask {
    private BackgroundTask() {}

    /** What it gave; its failure is this thread's. */
    public static <T> T of(Future<T> work) {
        try {
            return work.get();
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted in a verification", e);
        }
    }

    /** As one that a user is told. */
    static FerryException failure(Throwable cause) {
        return FerryException.unexpected("the verification", cause);
    }
}
