package io.vectorferry.rules.filter;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.filter.FilterExpression.Operator;
import io.vectorferry.rules.filter.FilterParser.FilterTokens.Kind;
import io.vectorferry.rules.filter.FilterParser.FilterTokens.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses a filter by recursive descent; the syntax is a subset of the Common Expression Language, the comparisons are not. For one thread and one filter. */
public final class FilterParser {
    private static final int MAX_DEPTH = 100;
    private static final Map<String, Operator> OPERATORS = Map.of(
            "==", Operator.EQUAL,
            "!=", Operator.NOT_EQUAL,
            "<", Operator.LESS,
            "<=", Operator.LESS_OR_EQUAL,
            ">", Operator.GREATER,
            ">=", Operator.GREATER_OR_EQUAL);

    private final String text;
    private final List<Token> tokens;
    private int next;
    private int depth;

    private FilterParser(String text) {
        this.text = text;
        this.tokens = FilterTokens.of(text);
    }

    /** @throws FerryException of kind MISCONFIGURED that shows the place */
    public static FilterExpression parse(String text) {
        FilterParser parser = new FilterParser(text);
        FilterExpression expression = parser.or();
        if (parser.peek().kind() != Kind.END) {
            throw parser.unexpected("&&, || or the end");
        }
        return expression;
    }

    private FilterExpression or() {
        FilterExpression left = and();
        while (taken("||")) {
            left = new FilterExpression.Or(left, and());
        }
        return left;
    }

    private FilterExpression and() {
        FilterExpression left = negation();
        while (taken("&&")) {
            left = new FilterExpression.And(left, negation());
        }
        return left;
    }

    private FilterExpression negation() {
        if (!taken("!")) {
            return comparison();
        }
        deeper();
        FilterExpression operand = negation();
        depth--;
        return new FilterExpression.Not(operand);
    }

    private FilterExpression comparison() {
        FilterExpression left = operand();
        if (taken("in")) {
            return new FilterExpression.In(left, list());
        }
        Operator operator = peek().kind() == Kind.SYMBOL ? OPERATORS.get(peek().text()) : null;
        if (operator == null) {
            return left;
        }
        next++;
        return new FilterExpression.Comparison(left, operator, operand());
    }

    private List<FilterExpression> list() {
        require("[");
        List<FilterExpression> items = new ArrayList<>();
        do {
            items.add(operand());
        } while (taken(","));
        require("]");
        return items;
    }

    private FilterExpression operand() {
        if (taken("(")) {
            deeper();
            FilterExpression inner = or();
            depth--;
            require(")");
            return inner;
        }
        Token token = peek();
        FilterExpression operand =
                switch (token.kind()) {
                    case TEXT -> new FilterExpression.Literal(new Value.Text(token.text()));
                    case NUMBER -> new FilterExpression.Literal(number(token));
                    case QUOTED_NAME -> new FilterExpression.FieldName(token.text());
                    case NAME -> name(token);
                    case SYMBOL, END -> throw unexpected("a field or a value");
                };
        next++;
        return operand;
    }

    private FilterExpression name(Token token) {
        return switch (token.text()) {
            case "true" -> new FilterExpression.Literal(new Value.Bool(true));
            case "false" -> new FilterExpression.Literal(new Value.Bool(false));
            case "null" -> new FilterExpression.Literal(Value.NULL);
            case "in" -> throw unexpected("a field or a value");
            default -> {
                if (tokens.get(next + 1).is("(")) {
                    throw FilterTokens.refused(text, token.column(), "there is no function " + token.text());
                }
                yield new FilterExpression.FieldName(token.text());
            }
        };
    }

    private Value number(Token token) {
        try {
            return token.text().matches("-?\\d+")
                    ? new Value.Whole(Long.parseLong(token.text()))
                    : new Value.Real64(Double.parseDouble(token.text()));
        } catch (NumberFormatException e) {
            throw FilterTokens.refused(text, token.column(), "the number is too large");
        }
    }

    private void deeper() {
        if (++depth > MAX_DEPTH) {
            throw FilterTokens.refused(text, peek().column(), "nested deeper than " + MAX_DEPTH);
        }
    }

    private Token peek() {
        return tokens.get(next);
    }

    private boolean taken(String symbol) {
        boolean found = peek().is(symbol);
        next += found ? 1 : 0;
        return found;
    }

    private void require(String symbol) {
        if (!taken(symbol)) {
            throw unexpected(symbol);
        }
    }

    private FerryException unexpected(String wanted) {
        return FilterTokens.refused(text, peek().column(), "expected %s, found %s".formatted(wanted, peek().text()));
    }

    /** A filter's text as tokens with their places. */
    public static final class FilterTokens {
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
                    throw refused(expression, column, "unexpected character");
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
}
