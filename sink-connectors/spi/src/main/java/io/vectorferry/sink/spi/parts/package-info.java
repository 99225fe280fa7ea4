/** The parts that several kinds of target share: the column catalog, value checks, and requests that nobody waits for any more. */
@NullMarked
package io.vectorferry.sink.spi.parts;

import org.jspecify.annotations.NullMarked;
