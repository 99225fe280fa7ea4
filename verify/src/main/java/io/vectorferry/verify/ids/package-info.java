/** Finds the target id of a source row, and the source keys of an id. */
@NullMarked
package io.vectorferry.verify.ids;

import org.jspecify.annotations.NullMarked;
