/** The Chroma target. */
@NullMarked
package io.vectorferry.sink.chroma;

import org.jspecify.annotations.NullMarked;
