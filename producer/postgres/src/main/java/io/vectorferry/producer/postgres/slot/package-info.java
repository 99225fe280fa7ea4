/** The replication slot and the publication, and whether they still continue what was captured. */
@NullMarked
package io.vectorferry.producer.postgres.slot;

import org.jspecify.annotations.NullMarked;
