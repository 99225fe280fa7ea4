/** A table of the target, its columns and key, and what ferry remembers of it. */
@NullMarked
package io.vectorferry.sink.postgres.table;

import org.jspecify.annotations.NullMarked;
