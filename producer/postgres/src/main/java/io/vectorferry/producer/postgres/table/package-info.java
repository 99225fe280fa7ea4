/** Table shapes, and rows decoded from binary tuples. */
@NullMarked
package io.vectorferry.producer.postgres.table;

import org.jspecify.annotations.NullMarked;
