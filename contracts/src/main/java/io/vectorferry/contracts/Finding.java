package io.vectorferry.contracts;

import java.util.List;

/**
 * The result of a check before the start.
 *
 * @param check a stable name, such as {@code wal_level}
 * @param remedy the exact SQL or setting; empty if nothing needs to be done
 */
public record Finding(Level level, String check, String message, String remedy) {
    public enum Level {
        OK,
        WARNING,
        /** The pipeline cannot run until this is fixed. */
        ERROR
    }

    public static Finding ok(String check, String message) {
        return new Finding(Level.OK, check, message, "");
    }

    public static Finding warning(String check, String message, String remedy) {
        return new Finding(Level.WARNING, check, message, remedy);
    }

    public static Finding error(String check, String message, String remedy) {
        return new Finding(Level.ERROR, check, message, remedy);
    }

    /**
     * Does nothing where no finding is an error.
     *
     * @throws FerryException of kind MISCONFIGURED with the first error, and the number of others
     */
    public static void refuseErrors(List<Finding> findings) {
        List<Finding> errors =
                findings.stream().filter(found -> found.level() == Level.ERROR).toList();
        if (!errors.isEmpty()) {
            Finding first = errors.getFirst();
            throw FerryException.misconfigured(
                    first.message(),
                    errors.size() == 1
                            ? first.remedy()
                            : "%s  (`ferry doctor` finds %d more errors)".formatted(first.remedy(), errors.size() - 1));
        }
    }
}
