package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/** Writes the rows of a source or a target to a file, which appears under its name only when it is whole. For one thread. */
public final class Export {
    private static final long TELL_EVERY_ROWS = 10_000;
    private static final String SOURCE = "source";

    private final Path file;
    private final LongConsumer progress;
    private String firstProblem = "";
    private long resumed;
    private long leftOut;

    /** @param progress receives the number of rows written so far */
    public Export(Path file, LongConsumer progress) {
        this.file = file;
        this.progress = progress;
    }

    /**
     * The result of an export.
     *
     * @param resumed rows that an export before this one had written
     * @param leftOut rows that could not be read exactly, and why the first could not
     */
    public record Outcome(long rows, long resumed, long leftOut, String firstProblem) {}

    /** @param ids how a source's keys become ids */
    public Outcome ofSource(SourceReader source, List<String> collections, IdRule ids) {
        return write(SOURCE, out -> {
            unfinished().discard();
            for (String collection : collections) {
                source.scan(collection, row -> add(out, row, ids));
            }
        });
    }

    /**
     * Resumes an interrupted export with the file that it left, if the source allows it; otherwise starts over.
     *
     * @param ids how a source's keys become ids, as they did then
     */
    public Outcome restOfSource(SourceReader source, List<String> collections, IdRule ids) {
        List<SourceReader.UnseenScan> scans = new ArrayList<>();
        for (String collection : collections) {
            Optional<SourceReader.UnseenScan> unseen = source.unseen(collection);
            if (unseen.isEmpty()) {
                return ofSource(source, collections, ids);
            }
            scans.add(unseen.get());
        }
        UnfinishedFile left = unfinished().setAside();
        return write(SOURCE, out -> {
            Set<TargetKey> kept = new HashSet<>();
            left.rows(row -> {
                if (collections.contains(row.key().collection()) && kept.add(row.key())) {
                    add(out, row);
                }
            });
            resumed = out.rows();
            scans.forEach(scan -> scan.read(key -> kept.contains(ids.of(key)), row -> add(out, row, ids)));
        });
    }

    public Outcome ofTarget(Target target, List<String> collections) {
        return write(target.name(), out -> {
            for (String collection : collections) {
                try (TargetReader reader = target.reader(collection)) {
                    reader.scan(row -> add(out, new JsonlRow(new TargetKey(collection, row.id()), row.row())));
                }
            }
        });
    }

    private UnfinishedFile unfinished() {
        return new UnfinishedFile(part(), Compression.of(file), SOURCE);
    }

    private Path part() {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    /** Fills an open file. */
    private interface Filling {
        void into(JsonlWriter out);
    }

    private Outcome write(String from, Filling filling) {
        Path part = part();
        try {
            long rows;
            try (JsonlWriter out = new JsonlWriter(Compression.of(file).write(part), from)) {
                filling.into(out);
                out.end();
                rows = out.rows();
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            unfinished().discard();
            return new Outcome(rows, resumed, leftOut, firstProblem);
        } catch (IOException | UncheckedIOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be written: %s".formatted(part, e.getMessage()),
                    "Check the permissions and the free space of the directory.",
                    e);
        }
    }

    private void add(JsonlWriter out, SourceRow row, IdRule ids) {
        String problem = row.problem();
        if (problem == null) {
            add(out, new JsonlRow(ids.of(row.key()), row.row()));
        } else {
            firstProblem = leftOut == 0 ? problem : firstProblem;
            leftOut++;
        }
    }

    private void add(JsonlWriter out, JsonlRow row) {
        try {
            out.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (out.rows() % TELL_EVERY_ROWS == 0) {
            progress.accept(out.rows());
        }
    }
}
