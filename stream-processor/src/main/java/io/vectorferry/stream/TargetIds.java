package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Value;

/** Where a source key goes: a pure function, so that a deletion finds its row with nothing remembered. */
@FunctionalInterface
public interface TargetIds {
    TargetKey of(SourceKey key);

    /** @throws FerryException of kind MISCONFIGURED for a policy that is not there yet */
    static TargetIds by(IdPolicy policy) {
        return switch (policy) {
            case PRESERVE -> key -> new TargetKey(key.collection(), preserved(key));
            case UUID5 ->
                key -> new TargetKey(
                        key.collection(),
                        new TargetKey.TextId(NameBasedUuid.of(key.collection() + "\0" + KeyText.of(key.parts()))
                                .toString()));
            case ALLOCATE ->
                throw FerryException.misconfigured(
                        "ids: allocate is not available yet", "Use ids: preserve or ids: uuid5.");
        };
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
}
