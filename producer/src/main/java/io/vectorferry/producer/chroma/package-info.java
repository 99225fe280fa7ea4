/** Chroma collections: doctor, looks at what there is, and what changed since. */
@NullMarked
package io.vectorferry.producer.chroma;

import org.jspecify.annotations.NullMarked;
