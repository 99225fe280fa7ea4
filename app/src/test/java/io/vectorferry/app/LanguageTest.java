package io.vectorferry.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Plain English in pages, Javadoc and messages: no words that only a dictionary knows, and no misspelled ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanguageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int README_LINES_MAX = 120;
    private static final int FEWEST_PAGES = 50;
    private static final int FEWEST_SOURCES = 400;

    /** Comments that still begin so, or have such words. These numbers may only fall. */
    private static final int FIRST_WORDS_LEFT = 1;

    private static final int COMMENTS_LEFT = 2;

    private static final int MESSAGES_LEFT = 0;

    /** Quaint, or in a sense that a reader has to guess. {@code CONTRIBUTING.md} says what to write instead. */
    private static final Pattern QUAINT = Pattern.compile(
            "\\b(?:told|tells? (?:what|how|that|the|a|of)|mend(?:s|ed|ing)?|anew"
                    + "|go(?:es)? on(?! to)|going on|went on|tak(?:e|es|en) up|took up|br(?:eaks?|oke|oken) off"
                    + "|(?<!there )(?:is|are) no (?!longer|more|older|newer|less|fewer)\\w+"
                    + "|bears?|stands? (?:in|for|under|at|still|on|behind|before)|stood still|lets? (?:in|out|go)"
                    + "|once more|made again|makes? room|all the same|as it were|to be had|may be had"
                    + "|whoever|thereof|hence|lest|shall|likewise)\\b",
            Pattern.CASE_INSENSITIVE);

    /** A method's comment begins with a verb, a type's with a noun phrase. */
    private static final Pattern FIRST_WORD = Pattern.compile(
            "^(?:By|Of|With|Without|Where|From|Until|Once|As|At|In|Into|To|For|On|Not|After|Before|Beside"
                    + "|Behind|Between|Beyond|Among|While|That|Which|What|Told|Those|These)\\b");

    private static final Pattern JAVADOC = Pattern.compile("^ */\\*\\*(.*?)\\*/", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern MESSAGE = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*+)\"");

    private final Map<String, String> pages = new TreeMap<>();
    private final Map<String, String> sources = new TreeMap<>();

    @BeforeAll
    void readEverything() throws IOException {
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean built = name.equals("target") || name.equals(".git") || name.equals("test");
                return built ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = ROOT.relativize(file).toString();
                if (name.endsWith(".md")) {
                    pages.put(name, Files.readString(file));
                } else if (name.endsWith(".java")) {
                    sources.put(name, Files.readString(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(pages).hasSizeGreaterThan(FEWEST_PAGES);
        assertThat(sources).hasSizeGreaterThan(FEWEST_SOURCES);
    }

    @Test
    void pagesHaveNoQuaintWord() {
        List<String> found = new ArrayList<>();
        pages.forEach((page, text) -> {
            boolean code = false;
            int number = 0;
            for (String line : text.lines().toList()) {
                number++;
                code ^= line.startsWith("```");
                if (!code && !line.startsWith("    ")) {
                    add(found, page, number, QUAINT.matcher(line.replaceAll("`[^`]*`", "``")));
                }
            }
        });
        assertThat(found).isEmpty();
    }

    @Test
    void messagesHaveNoQuaintWord() {
        List<String> found = new ArrayList<>();
        eachIn(MESSAGE, (place, message) -> {
            if (message.contains(" ")) {
                add(found, place, QUAINT.matcher(message));
            }
        });
        atMost(MESSAGES_LEFT, found);
    }

    @Test
    void commentsHaveNoMoreQuaintWordsThanBefore() {
        List<String> found = new ArrayList<>();
        eachIn(JAVADOC, (place, comment) -> add(found, place, QUAINT.matcher(flat(comment))));
        atMost(COMMENTS_LEFT, found);
    }

    @Test
    void noMoreCommentsThanBeforeBeginWithAPreposition() {
        List<String> found = new ArrayList<>();
        eachIn(JAVADOC, (place, comment) -> add(found, place, FIRST_WORD.matcher(flat(comment))));
        atMost(FIRST_WORDS_LEFT, found);
    }

    @Test
    void theReadmeIsShort() {
        assertThat(pages.getOrDefault("README.md", "").lines().count()).isBetween(1L, (long) README_LINES_MAX);
    }

    @Test
    void everyWordIsSpelledAsInADictionary() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(PythonEnvironment.typos().program("typos").toString(), "--format", "brief"));
        command.addAll(pages.keySet());
        command.addAll(sources.keySet());
        Process typos = new ProcessBuilder(command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .start();
        String found = new String(typos.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(found).isEmpty();
        assertThat(typos.waitFor()).isZero();
    }

    private void eachIn(Pattern pattern, BiConsumer<String, String> found) {
        sources.forEach((source, text) -> {
            Matcher matcher = pattern.matcher(text);
            int line = 1;
            int counted = 0;
            while (matcher.find()) {
                line += (int) text.substring(counted, matcher.start())
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
                counted = matcher.start();
                found.accept(source + ":" + line, matcher.group(1));
            }
        });
    }

    private static String flat(String comment) {
        return comment.replaceAll("\\s+\\*?\\s*", " ")
                .replaceAll("@param \\w+", "")
                .strip();
    }

    private static void add(List<String> found, String page, int line, Matcher matcher) {
        add(found, page + ":" + line, matcher);
    }

    private static void add(List<String> found, String place, Matcher matcher) {
        while (matcher.find()) {
            found.add(place + ": " + matcher.group());
        }
    }

    private static void atMost(int left, List<String> found) {
        assertThat(found)
                .as("fewer of these than the limit: lower the limit; more: write them in plain English")
                .hasSizeLessThanOrEqualTo(left);
    }
}
