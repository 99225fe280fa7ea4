/** What a table is, and how its binary tuples become rows. */
@NullMarked
package io.vectorferry.producer.postgres.table;

import org.jspecify.annotations.NullMarked;
