/** The indexes of a table that ferry makes. */
@NullMarked
package io.vectorferry.sink.postgres.index;

import org.jspecify.annotations.NullMarked;
