package io.vectorferry.verify.report;

import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Horizontal bars with their names and numbers, as SVG inside HTML. */
final class BarChart {
    private static final int LINE = 22;
    private static final int BAR = 14;
    private static final int NAMES = 210;
    private static final int WIDTH = 360;
    private static final int NUMBERS = 90;

    private BarChart() {}

    /** @param escape for the names */
    static String svg(Map<String, Long> bars, UnaryOperator<String> escape) {
        long largest = Math.max(
                1, bars.values().stream().mapToLong(Long::longValue).max().orElse(1));
        StringBuilder svg = new StringBuilder();
        svg.append("<svg role=\"img\" width=\"%d\" height=\"%d\">%n"
                .formatted(NAMES + WIDTH + NUMBERS, bars.size() * LINE));
        int y = 0;
        for (Map.Entry<String, Long> bar : bars.entrySet()) {
            // What is there is seen, however little of the largest it is.
            long width = bar.getValue() == 0 ? 0 : Math.max(2, bar.getValue() * WIDTH / largest);
            svg.append("<text x=\"0\" y=\"%d\">%s</text>".formatted(y + BAR, escape.apply(bar.getKey())));
            svg.append("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#5b8fb9\"/>"
                    .formatted(NAMES, y + 2, width, BAR));
            svg.append(String.format(
                    Locale.ROOT, "<text x=\"%d\" y=\"%d\">%,d</text>%n", NAMES + width + 6, y + BAR, bar.getValue()));
            y += LINE;
        }
        return svg.append("</svg>\n").toString();
    }
}
