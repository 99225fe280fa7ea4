package io.vectorferry.contracts.message;

import java.util.Locale;

/** Why a record could not be written. */
public enum ErrorType {
    UNKNOWN,
    CONNECTION,
    TIMEOUT,
    DATA_CORRUPTION,
    DIMENSION_MISMATCH,
    ID_CONFLICT,
    ORPHAN_REFERENCE,
    SCHEMA;

    /** Returns the name that users see, such as {@code dimension_mismatch}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
