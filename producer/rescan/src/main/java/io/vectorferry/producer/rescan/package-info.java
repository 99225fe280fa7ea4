/** Follows the collections of a store without a log: reads them repeatedly and publishes what differs. */
@NullMarked
package io.vectorferry.producer.rescan;

import org.jspecify.annotations.NullMarked;
