/** Chroma's own write-ahead log as a signal of changes. */
@NullMarked
package io.vectorferry.producer.chroma.log;

import org.jspecify.annotations.NullMarked;
