package io.vectorferry.contracts.message;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A key of {@code control}: of each, compaction keeps the last. */
public record ControlKey(String text) {
    /** Prefix of the keys under which stream processors publish the addresses of their id look-up servers. */
    public static final String ID_LOOKUPS = "id-lookup/";

    public static final Codec<ControlKey> CODEC = new Codec<>() {
        @Override
        public byte[] encode(ControlKey key) {
            return key.text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public ControlKey decode(byte @Nullable [] bytes) {
            if (bytes == null) {
                throw new IllegalArgumentException("a control record has a key");
            }
            return new ControlKey(new String(bytes, StandardCharsets.UTF_8));
        }
    };

    public static ControlKey barrierAck(String target, int partition) {
        return new ControlKey("barrier-ack/" + target + "/" + partition);
    }

    public static ControlKey snapshot(String collection) {
        return new ControlKey("snapshot/" + collection);
    }

    /** How far the snapshot is, of what {@link #snapshot} says; a view shows both together under that key. */
    public static ControlKey snapshotChunks(String collection) {
        return new ControlKey("snapshot-chunks/" + collection);
    }

    public static ControlKey capture() {
        return new ControlKey("capture");
    }

    /**
     * Returns the key of the capture position of documents that refer to vectors; {@link #capture} is that of the
     * vectors.
     */
    public static ControlKey captureOfDocuments() {
        return new ControlKey("capture-of-documents");
    }

    /** The newest barrier that was announced. */
    public static ControlKey barrierRequest() {
        return new ControlKey("barrier-request");
    }

    public static ControlKey sink(String target) {
        return new ControlKey("sink/" + target);
    }

    /** Begins the keys of {@link #sinkTable} of one partition. */
    public static String sinkTables(String target, int partition) {
        return sinkTables(target) + partition + "/";
    }

    /** Begins the keys of {@link #sinkTable} of every partition. */
    public static String sinkTables(String target) {
        return "sink-table/" + target + "/";
    }

    /** The table that holds what is committed of a collection's records in one partition. */
    public static ControlKey sinkTable(String target, int partition, String collection) {
        return new ControlKey(sinkTables(target, partition) + collection);
    }

    /** Returns the key of the address where a stream processor answers look-ups of ids. */
    public static ControlKey idLookup(String address) {
        return new ControlKey(ID_LOOKUPS + address);
    }

    public static ControlKey stream(String instance) {
        return new ControlKey("stream/" + instance);
    }

    /** How a stage is in one of the processes that run it. */
    public static ControlKey stage(String stage, String instance) {
        return new ControlKey("stage/" + stage + "/" + instance);
    }

    /** Returns the key of the findings of a target's continuous verification. */
    public static ControlKey verification(String target) {
        return new ControlKey("verification/" + target);
    }

    /** How the pipeline gives its ids. */
    public static ControlKey idRule() {
        return new ControlKey("id-rule");
    }

    /** How the source itself searches a collection. */
    public static ControlKey search(String collection) {
        return new ControlKey("search/" + collection);
    }

    /** Begins the keys of {@link #transition}. */
    public static final String TRANSITIONS = "transition/";

    /** Returns the key of one event of the life cycle: its number is part of it, so that compaction keeps every event. */
    public static ControlKey transition(long sequence) {
        return new ControlKey(TRANSITIONS + sequence);
    }

    /** Returns the key of what all stages are to do. */
    public static ControlKey desiredState() {
        return new ControlKey("desired-state");
    }

    /** Returns the key of the process that controls the pipeline. */
    public static ControlKey controller() {
        return new ControlKey("controller");
    }

    /** Returns the key of a target's last verification. */
    public static ControlKey verificationRun(String target) {
        return new ControlKey("verification-run/" + target);
    }

    /** Begins the keys of {@link #deadLetter}. */
    public static final String DEAD_LETTERS = "dead-letter/";

    /** Returns the key of what was done about a dead letter, or a run of them that begins with it. */
    public static ControlKey deadLetter(int partition, long offset) {
        return new ControlKey(DEAD_LETTERS + partition + "/" + offset);
    }
}
