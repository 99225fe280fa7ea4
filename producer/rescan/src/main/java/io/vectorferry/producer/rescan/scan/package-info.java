/** Reads collections repeatedly and publishes what differs. */
@NullMarked
package io.vectorferry.producer.rescan.scan;

import org.jspecify.annotations.NullMarked;
