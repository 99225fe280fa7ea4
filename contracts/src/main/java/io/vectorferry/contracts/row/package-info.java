/** The content of a row: fields, values, vectors and their types. */
@NullMarked
package io.vectorferry.contracts.row;

import org.jspecify.annotations.NullMarked;
