package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.rescan.memory.FollowedCollection;
import io.vectorferry.producer.rescan.memory.PublishedRows;
import io.vectorferry.producer.rescan.spi.CollectionGoneException;
import io.vectorferry.producer.rescan.spi.CollectionReading;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import io.vectorferry.producer.spi.SourceRow;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One look at a collection: the store reads, some threads publish. Each block is a safe point for a pause of the stage. Once it has
 * returned and the stage does not end, Kafka has of every key that the reading covers a state that is no older than the reading.
 */
final class CollectionScan {
    /** Blocks that are read and wait, for each thread that publishes. */
    private static final int BLOCKS_AHEAD = 2;

    private final RescanSettings settings;
    private final FollowedCollection followed;
    private final FollowedCollections all;
    private final RowPublisher rows;
    private final RowRate rate;
    private final long look;
    private final StageLife life;
    private final AtomicLong differing = new AtomicLong();

    CollectionScan(
            RescanSettings settings,
            FollowedCollections all,
            FollowedCollection followed,
            ChangePublisher publisher,
            RowRate rate,
            long look,
            StageLife life) {
        this.settings = settings;
        this.all = all;
        this.followed = followed;
        this.rows = new RowPublisher(publisher, followed, look);
        this.rate = rate;
        this.look = look;
        this.life = life;
    }

    /** Upserts, deletions and dead letters that it published. */
    long differing() {
        return differing.get();
    }

    /**
     * Publishes what the reading finds to differ. Returns whether all of it is published.
     *
     * @param read receives the size of each block that is done
     */
    boolean publish(CollectionReading reading, IntConsumer read) throws CollectionGoneException, SourceLostException {
        Blocks blocks = new Blocks(read);
        try (ExecutorService executor = Executors.newFixedThreadPool(settings.parallelism())) {
            blocks.executor = executor;
            reading.read(blocks);
        }
        blocks.rethrow();
        if (life.isStopping()) {
            return false;
        }
        PublishedRows published = followed.published();
        if (reading.extent() == CollectionReading.Extent.ALL) {
            published.surplus(rows.surplus());
            List<String> gone = published.unseen(look);
            if (published.isComplete()) {
                all.refuseLoss(followed, gone.size(), rows.created());
            }
            if (!delete(gone)) {
                return false;
            }
        }
        boolean isExact = !reading.isCounted() || reading.rows() == published.size() + published.surplus();
        published.reached(isExact ? reading.mark() : "");
        return isExact || reading.extent() == CollectionReading.Extent.ALL; // else all rows are read next
    }

    private boolean delete(Collection<String> ids) {
        if (!life.begin()) {
            return false;
        }
        try {
            differing.addAndGet(rows.delete(ids));
            return true;
        } finally {
            life.end();
        }
    }

    /** The blocks of a reader, which several threads publish. */
    private final class Blocks implements CollectionReading.Receiver {
        private final IntConsumer read;
        private final Semaphore free = new Semaphore(settings.parallelism() * (1 + BLOCKS_AHEAD));
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private @Nullable ExecutorService executor;

        Blocks(IntConsumer read) {
            this.read = read;
        }

        @Override
        public boolean rows(List<SourceRow> block) {
            rate.read(block.size());
            List<SourceRow> first = rows.firstOfEachKey(block);
            return inHand(() -> {
                differing.addAndGet(rows.publish(first));
                read.accept(block.size());
            });
        }

        @Override
        public boolean gone(Collection<SourceKey> keys) {
            List<String> ids = keys.stream().map(StoreCollection::textOf).toList();
            return inHand(() -> differing.addAndGet(rows.delete(ids)));
        }

        private boolean inHand(Runnable work) {
            ExecutorService threads = executor;
            if (threads == null || failure.get() != null || !life.begin()) {
                return false;
            }
            try {
                free.acquire();
            } catch (InterruptedException e) {
                life.end();
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted while rows are published", e);
            }
            threads.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    free.release();
                    life.end();
                }
            });
            return true;
        }

        void rethrow() {
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw FerryException.unexpected("the publication of rows", e);
            }
        }
    }
}
