/** Proof that a target holds what its source holds, row by row, while both go on changing. docs/verification.md tells the method. */
@NullMarked
package io.vectorferry.control.verify;

import org.jspecify.annotations.NullMarked;
