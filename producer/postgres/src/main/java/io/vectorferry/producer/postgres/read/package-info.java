/** Reads for verification: full scan, keyset scan, and search. */
@NullMarked
package io.vectorferry.producer.postgres.read;

import org.jspecify.annotations.NullMarked;
