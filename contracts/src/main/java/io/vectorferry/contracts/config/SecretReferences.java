package io.vectorferry.contracts.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resolves {@code ${env:NAME}} and {@code ${file:/path}}; a target's own {@code ${collection}} stays as it is. */
final class SecretReferences {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]*)}");

    sealed interface Resolved {}

    record Plain(String value) implements Resolved {}

    record Secret(String value) implements Resolved {}

    record Missing(String why) implements Resolved {}

    private final Map<String, String> environment;

    SecretReferences(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    Resolved resolve(String text) {
        Matcher matcher = REFERENCE.matcher(text);
        StringBuilder resolved = new StringBuilder();
        boolean any = false;
        while (matcher.find()) {
            any = true;
            String name = matcher.group(2);
            String value;
            if (matcher.group(1).equals("env")) {
                if (!environment.containsKey(name)) {
                    return new Missing("the environment has no " + name + "; set it before the start");
                }
                value = environment.getOrDefault(name, "");
            } else {
                try {
                    value = Files.readString(Path.of(name)).strip();
                } catch (IOException | InvalidPathException e) {
                    return new Missing("the secret file " + name + " cannot be read");
                }
            }
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(value));
        }
        matcher.appendTail(resolved);
        return any ? new Secret(resolved.toString()) : new Plain(text);
    }
}
