/** The record of what was published, on disk. */
@NullMarked
package io.vectorferry.producer.chroma.memory;

import org.jspecify.annotations.NullMarked;
