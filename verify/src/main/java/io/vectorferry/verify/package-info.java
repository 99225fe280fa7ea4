/** Verifies every table of a target. */
@NullMarked
package io.vectorferry.verify;

import org.jspecify.annotations.NullMarked;
