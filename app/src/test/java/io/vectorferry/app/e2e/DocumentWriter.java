package io.vectorferry.app.e2e;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** An application that writes documents, edits them, and gives and takes their references, until it is closed. */
final class DocumentWriter implements AutoCloseable {
    private final MongoCollection<BsonDocument> documents;
    private final Supplier<String> references;
    private final Random random;
    private final Duration pause;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong writes = new AtomicLong();
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private final Thread thread;
    private int count;

    /**
     * @param count documents that are there, with the ids from 0 on
     * @param references draws what a document refers to
     * @param pause between two writes
     */
    DocumentWriter(
            ReferringDocuments documents, int count, Random random, Supplier<String> references, Duration pause) {
        this.documents = documents.collection();
        this.count = count;
        this.random = random;
        this.references = references;
        this.pause = pause;
        this.thread = Thread.ofPlatform().name("document-writer").start(this::run);
    }

    long writes() {
        return writes.get();
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                write();
                writes.incrementAndGet();
                LockSupport.parkNanos(pause.toNanos());
            }
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }

    private void write() {
        var one = Filters.eq("_id", ReferringDocuments.id(random.nextInt(count)));
        switch (random.nextInt(6)) {
            case 0, 1 -> documents.updateOne(one, Updates.set("q", "edition " + random.nextInt(1_000)));
            case 2 -> documents.updateOne(one, Updates.push("indexes", ReferringDocuments.reference(references.get())));
            case 3 -> {
                @Nullable BsonDocument found = documents.find(one).first();
                if (found != null && !ReferringDocuments.references(found).isEmpty()) {
                    String first = ReferringDocuments.references(found).getFirst();
                    documents.updateOne(one, Updates.pull("indexes", ReferringDocuments.reference(first)));
                }
            }
            case 4 -> documents.deleteOne(one);
            default -> {
                List<String> drawn = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    drawn.add(references.get());
                }
                documents.insertOne(ReferringDocuments.document(count++, "new", drawn));
            }
        }
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }
}
