package io.vectorferry.rules.ids;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.UUID;

/**
 * How rows get their ids.
 *
 * @param policy {@code ids:} of the pipeline
 * @param shared the collections whose rows may clash
 */
public record IdRule(IdPolicy policy, SharedTables shared) {
    /** Must never change: the ids of existing targets depend on it. */
    private static final UUID NAMESPACE = UUID.fromString("6f1c1f2e-8d0b-5c57-9a35-3b1f4f7a2d90");

    /**
     * Returns the rule of a policy whose ids follow from the keys alone.
     *
     * @throws FerryException of kind MISCONFIGURED for {@code allocate}
     */
    public static IdRule computing(IdPolicy policy) {
        if (policy == IdPolicy.ALLOCATE) {
            throw remembered();
        }
        return new IdRule(policy, SharedTables.NONE);
    }

    /**
     * Returns the id that follows from a key: always the same one.
     *
     * @throws FerryException of kind MISCONFIGURED for {@code allocate}
     */
    public TargetKey of(SourceKey key) {
        return new TargetKey(
                key.collection(),
                switch (policy) {
                    case PRESERVE -> preserved(key);
                    case UUID5 ->
                        new TargetKey.TextId(uuid5(NAMESPACE, key.collection() + "\0" + KeyText.of(key.parts()))
                                .toString());
                    case ALLOCATE -> throw remembered();
                });
    }

    private static FerryException remembered() {
        return FerryException.misconfigured(
                "with `ids: allocate`, an id cannot be computed from its key",
                "`ferry ids export` and `ferry ids lookup` show the assigned ids.");
    }

    private static TargetKey.Id preserved(SourceKey key) {
        if (key.parts().size() == 1) {
            Value only = key.parts().getFirst();
            if (only instanceof Value.Whole(long number)) {
                return new TargetKey.NumberId(number);
            }
            if (only instanceof Value.Text(String text)) {
                return new TargetKey.TextId(text);
            }
        }
        return new TargetKey.TextId(KeyText.of(key.parts()));
    }

    /** Returns the name-based UUID of version 5 of RFC 9562. */
    public static UUID uuid5(UUID namespace, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer input = ByteBuffer.allocate(2 * Long.BYTES + text.length)
                .putLong(namespace.getMostSignificantBits())
                .putLong(namespace.getLeastSignificantBits())
                .put(text);
        try {
            ByteBuffer hash = ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(input.array()));
            long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x5000L;
            long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
            return new UUID(high, low);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** Returns what {@code control} records of the rule. It must not change once a row has its id. */
    public io.vectorferry.contracts.wire.IdRule recorded() {
        return io.vectorferry.contracts.wire.IdRule.newBuilder()
                .setPolicy(policy.name().toLowerCase(Locale.ROOT))
                .setSharedTables(policy == IdPolicy.PRESERVE ? shared.fingerprint() : "")
                .build();
    }
}
