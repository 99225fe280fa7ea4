/** A LanceDB table: columns, versions, offsets, and the claim of its writer. */
@NullMarked
package io.vectorferry.sink.lancedb.table;

import org.jspecify.annotations.NullMarked;
