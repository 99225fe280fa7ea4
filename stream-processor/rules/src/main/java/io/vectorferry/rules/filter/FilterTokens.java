package io.vectorferry.rules.filter;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A filter's text as tokens with their places. */
public final class FilterTokens {
    enum Kind {
        NAME,
        QUOTED_NAME,
        TEXT,
        NUMBER,
        SYMBOL,
        END
    }

    /** @param column counts from 1 */
    record Token(Kind kind, String text, int column) {
        boolean is(String symbol) {
            return (kind == Kind.SYMBOL || kind == Kind.NAME) && text.equals(symbol);
        }
    }

    private static final Pattern TOKEN = Pattern.compile("\\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|`(?<quoted>[^`]+)`"
            + "|'(?<single>(?:[^'\\\\]|\\\\.)*)'|\"(?<double>(?:[^\"\\\\]|\\\\.)*)\""
            + "|(?<number>-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)|(?<symbol>==|!=|<=|>=|&&|\\|\\||[<>!()\\[\\],]))");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    private FilterTokens() {}

    public static List<Token> of(String expression) {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(expression);
        int end = expression.stripTrailing().length();
        int at = 0;
        while (at < end) {
            if (!matcher.region(at, end).lookingAt()) {
                int column = at
                        + 1
                        + expression.substring(at).length()
                        - expression.substring(at).stripLeading().length();
                throw refused(expression, column, "nothing that a filter knows begins here");
            }
            tokens.add(token(matcher));
            at = matcher.end();
        }
        tokens.add(new Token(Kind.END, "the end", end + 1));
        return tokens;
    }

    private static Token token(Matcher matcher) {
        for (String group : List.of("single", "double")) {
            if (matcher.group(group) != null) {
                String text = ESCAPE.matcher(matcher.group(group)).replaceAll("$1");
                return new Token(Kind.TEXT, text, matcher.start(group));
            }
        }
        if (matcher.group("quoted") != null) {
            return new Token(Kind.QUOTED_NAME, matcher.group("quoted"), matcher.start("quoted"));
        }
        if (matcher.group("name") != null) {
            return new Token(Kind.NAME, matcher.group("name"), matcher.start("name") + 1);
        }
        return matcher.group("number") != null
                ? new Token(Kind.NUMBER, matcher.group("number"), matcher.start("number") + 1)
                : new Token(Kind.SYMBOL, matcher.group("symbol"), matcher.start("symbol") + 1);
    }

    static FerryException refused(String expression, int column, String why) {
        return FerryException.misconfigured(
                "transform.filter: %s%n  %s%n  %s^ column %d"
                        .formatted(why, expression, " ".repeat(column - 1), column),
                "A filter has fields, 'texts', numbers, true, false, null, == != < <= > >=, in ['a', 'b'], &&, ||, ! and parentheses.");
    }
}
