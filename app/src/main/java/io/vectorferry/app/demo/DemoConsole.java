package io.vectorferry.app.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** The output of the demo: plain lines; on a terminal with emphasis and a line that is redrawn. For one thread. */
@SuppressWarnings("AnnotateFormatMethod") // its annotation is no dependency of ours
final class DemoConsole {
    private static final int WIDTH = 98;
    private static final String BOLD = "\u001b[1m";
    private static final String FAINT = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";
    private static final String REDRAW = "\r\u001b[2K";

    private final PrintWriter out;
    private final boolean terminal;
    private int steps;

    DemoConsole(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void title(String text) {
        line(styled(BOLD, text));
    }

    void step(String text) {
        steps++;
        line("");
        line(styled(BOLD, "%d  %s".formatted(steps, text)));
    }

    void line(String text) {
        out.println(text);
        out.flush();
    }

    void detail(String format, Object... values) {
        line("   " + String.format(Locale.ROOT, format, values));
    }

    /** Broken between words, its further lines set in. */
    void wrapped(String text) {
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() + word.length() >= WIDTH) {
                line(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "     " : " ").append(word);
        }
        line(line.toString());
    }

    void faint(String text) {
        line("   " + styled(FAINT, text));
    }

    /** Prints a line that the next one replaces, on a terminal only. */
    void passing(String format, Object... values) {
        if (terminal) {
            out.print(REDRAW + "   " + String.format(Locale.ROOT, format, values));
            out.flush();
        }
    }

    /** The line that {@link #passing} drew is over. */
    void passed() {
        if (terminal) {
            out.print(REDRAW);
        }
    }

    static String seconds(long sinceNanos) {
        return String.format(
                Locale.ROOT,
                "%.1f s",
                Duration.ofNanos(System.nanoTime() - sinceNanos).toMillis() / 1_000.0);
    }

    private String styled(String style, String text) {
        return terminal ? style + text + PLAIN : text;
    }
}
