package io.vectorferry.control.deadletters;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.LetterState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DeadLetterState;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists, retries and discards records that could not be written. Not thread-safe. */
public final class DeadLetters {
    public record Entry(int partition, long offset, SourceKey key, DeadLetter letter, LetterState state) {
        public String id() {
            return partition + "-" + offset;
        }

        public boolean isOpen() {
            return state.isOpen();
        }

        /** Whether there is a row to send again. */
        public boolean isRetryable() {
            return !letter.original().isEmpty();
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private final KafkaConnection kafka;
    private final Topics topics;
    private final Clock clock;

    public DeadLetters(KafkaConnection kafka, Topics topics, Clock clock) {
        this.kafka = kafka;
        this.topics = topics;
        this.clock = clock;
    }

    /** The oldest {@link DeadLetterPages#PAGE_LETTERS} or so, whatever became of them. */
    public List<Entry> list(ControlView view) {
        try (DeadLetterPages pages = pages(view, entry -> true)) {
            return pages.next();
        }
    }

    public DeadLetterPages pages(ControlView view, Predicate<Entry> wanted) {
        return new DeadLetterPages(kafka, topics, view, wanted);
    }

    /**
     * Sends them into {@code changes} again, in their order, where each passes unless something newer has come for its key.
     * One counts as retried once what was sent is durable. Letters whose row was not kept are left out and returned: only a
     * change at the source brings it again.
     */
    public List<Entry> retry(List<Entry> entries) {
        List<Entry> refused = new ArrayList<>();
        List<Sent> sent = new ArrayList<>();
        try (KafkaProducer<SourceKey, Change> producer = kafka.producer(topics.changes());
                ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
            for (Entry entry : entries) {
                DeadLetter letter = entry.letter();
                if (!entry.isRetryable()) {
                    refused.add(entry);
                    continue;
                }
                Change again = Change.Redrive.ofLetter(letter.position(), letter.original(), letter.ofSink());
                sent.add(new Sent(
                        entry,
                        producer.send(new ProducerRecord<>(topics.changes().name(), entry.key(), again))));
            }
            producer.flush();
            kafka.log().sync(); // after a loss of power no mark may stand without what was sent
            mark(control, acknowledged(sent), LetterState.RETRIED);
            for (Sent one : sent) {
                one.send().get();
            }
        } catch (ExecutionException e) {
            throw FerryException.retryable("a dead letter could not be sent into the pipeline again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while dead letters were retried", e);
        }
        return refused;
    }

    private record Sent(Entry entry, Future<?> send) {}

    /** @param sent all have ended, well or not */
    private static List<Entry> acknowledged(List<Sent> sent) {
        return sent.stream()
                .filter(one -> one.send().state() == Future.State.SUCCESS)
                .map(Sent::entry)
                .toList();
    }

    /** Returns the error for a letter that a retry skipped. */
    public static FerryException refusal(Entry entry) {
        if (entry.letter().error() == ErrorType.ORPHAN_REFERENCE) {
            return FerryException.misconfigured(
                    "dead letter %s is a reference without a vector: there is nothing to retry".formatted(entry.id()),
                    "Write the vector, or remove the reference from its document. The dead letter then closes by itself.");
        }
        return FerryException.misconfigured(
                "dead letter %s contains no row: the row was too large to keep, or could not be read"
                        .formatted(entry.id()),
                "Fix the row at the source; its next change is replicated as usual. Then discard the dead letter.");
    }

    public void discard(List<Entry> entries) {
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
            mark(control, entries, LetterState.DISCARDED);
        } catch (ExecutionException e) {
            throw FerryException.retryable("a dead letter could not be discarded", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while dead letters were discarded", e);
        }
    }

    /** Returns when the broker has every mark. Letters that stand one behind the other have one mark, or a million would have as many. */
    private void mark(ControlPublisher control, List<Entry> entries, LetterState state)
            throws ExecutionException, InterruptedException {
        entries.stream()
                .filter(entry -> !entry.state().mayBecome(state))
                .forEach(entry ->
                        LOG.warn("Dead letter {} is {} already, and becomes {}", entry.id(), entry.state(), state));
        List<Future<?>> sent = new ArrayList<>();
        int from = 0;
        while (from < entries.size()) {
            int to = from + 1;
            while (to < entries.size() && to - from < DeadLetterMarks.MAX_RUN && follows(entries, to)) {
                to++;
            }
            sent.add(mark(control, entries.get(from), entries.get(to - 1), state));
            from = to;
        }
        for (Future<?> one : sent) {
            one.get();
        }
    }

    private static boolean follows(List<Entry> entries, int index) {
        Entry entry = entries.get(index);
        Entry before = entries.get(index - 1);
        return entry.partition() == before.partition() && entry.offset() == before.offset() + 1;
    }

    private Future<?> mark(ControlPublisher control, Entry first, Entry last, LetterState state) {
        DeadLetterState marked = DeadLetterState.newBuilder()
                .setPartition(first.partition())
                .setOffset(first.offset())
                .setLastOffset(last.offset())
                .setState(state.toString())
                .setAtMicros(Micros.now(clock))
                .build();
        return control.send(
                ControlKey.deadLetter(first.partition(), first.offset()),
                Control.newBuilder().setDeadLetterState(marked).build());
    }
}
