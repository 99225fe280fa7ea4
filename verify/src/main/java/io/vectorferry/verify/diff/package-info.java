/** Finds the ids that differ, in bounded memory. */
@NullMarked
package io.vectorferry.verify.diff;

import org.jspecify.annotations.NullMarked;
