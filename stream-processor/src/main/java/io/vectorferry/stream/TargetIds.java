package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Value;

/** Where a source key goes: always the same. */
@FunctionalInterface
public interface TargetIds {
    TargetKey of(SourceKey key);

    /** @throws FerryException of kind MISCONFIGURED for {@code allocate}, whose ids are remembered */
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
                        "with `ids: allocate` an id does not follow from its key",
                        "`ferry ids export` and `ferry ids lookup` tell the ids that were given.");
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
