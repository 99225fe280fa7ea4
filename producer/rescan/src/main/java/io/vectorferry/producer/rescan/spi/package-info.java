/** The contract of a store that is followed by repeated reading. */
@NullMarked
package io.vectorferry.producer.rescan.spi;

import org.jspecify.annotations.NullMarked;
