package io.vectorferry.app;

import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.contracts.FerryException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** An error as a person reads it: what failed and what to do; the stack trace only with {@code --verbose}. */
public final class ErrorText implements CommandLine.IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        command.getErr().println(of(e));
        if (parsed.originalArgs().contains("--verbose")) {
            e.printStackTrace(command.getErr());
        }
        return ExitCode.ERROR;
    }

    public static String of(Throwable e) {
        StringBuilder text = new StringBuilder("error: ").append(message(e));
        if (e instanceof FerryException ferry && !ferry.remedy().isEmpty()) {
            text.append(System.lineSeparator()).append("  what to do: ").append(ferry.remedy());
        }
        return text.toString();
    }

    private static String message(Throwable e) {
        String own = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        Throwable cause = rootOf(e);
        String why = cause == null ? null : cause.getMessage();
        return why == null || own.contains(why) ? own : own + System.lineSeparator() + "  why: " + why;
    }

    private static @Nullable Throwable rootOf(Throwable e) {
        Throwable cause = e.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
