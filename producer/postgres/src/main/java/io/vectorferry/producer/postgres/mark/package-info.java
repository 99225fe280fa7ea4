/** The messages that ferry writes into the log: barriers, the mark of a table's generation, and the marks behind what was read. */
@NullMarked
package io.vectorferry.producer.postgres.mark;

import org.jspecify.annotations.NullMarked;
