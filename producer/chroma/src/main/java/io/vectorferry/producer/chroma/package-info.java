/** The Chroma source and its stage. */
@NullMarked
package io.vectorferry.producer.chroma;

import org.jspecify.annotations.NullMarked;
