/** LanceDB as a target: rows, deletions and offsets of a batch in one commit of the table. */
@NullMarked
package io.vectorferry.sink.lancedb;

import org.jspecify.annotations.NullMarked;
