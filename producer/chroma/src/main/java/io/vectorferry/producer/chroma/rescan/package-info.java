/** Scans collections repeatedly and publishes what differs. */
@NullMarked
package io.vectorferry.producer.chroma.rescan;

import org.jspecify.annotations.NullMarked;
