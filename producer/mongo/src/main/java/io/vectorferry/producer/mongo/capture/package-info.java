/** Snapshot and change stream of a collection. */
@NullMarked
package io.vectorferry.producer.mongo.capture;

import org.jspecify.annotations.NullMarked;
