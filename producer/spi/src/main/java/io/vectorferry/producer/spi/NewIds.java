package io.vectorferry.producer.spi;

import io.vectorferry.contracts.message.TargetKey;
import java.util.Map;
import java.util.Optional;

/**
 * The new id of each old one, all in memory: about 200 bytes a row.
 *
 * @param byOld under the old id as text
 */
public record NewIds(Map<String, TargetKey.Id> byOld) {
    public NewIds {
        byOld = Map.copyOf(byOld);
    }

    public Optional<TargetKey.Id> of(String old) {
        return Optional.ofNullable(byOld.get(old));
    }
}
