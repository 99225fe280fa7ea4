/** What a target offers: a writer, a reader that does not trust it, and its checks. */
@NullMarked
package io.vectorferry.sink.spi;

import org.jspecify.annotations.NullMarked;
