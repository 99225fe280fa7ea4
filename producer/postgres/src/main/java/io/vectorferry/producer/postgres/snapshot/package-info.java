/** Snapshots by block ranges, and the generation of each table. */
@NullMarked
package io.vectorferry.producer.postgres.snapshot;

import org.jspecify.annotations.NullMarked;
