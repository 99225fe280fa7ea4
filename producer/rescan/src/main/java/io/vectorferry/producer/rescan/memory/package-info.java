/** The record on disk of the rows that the producer has published. */
@NullMarked
package io.vectorferry.producer.rescan.memory;

import org.jspecify.annotations.NullMarked;
