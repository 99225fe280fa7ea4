package io.vectorferry.verify.watch;

import io.vectorferry.contracts.message.SourceKey;
import java.util.List;

/** A sample of the keys whose rows have changed since it was asked last. */
public interface DrawnKeys {
    List<SourceKey> draw(int most);
}
