/** Compares rows: canonical hash, verdict, and field differences. */
@NullMarked
package io.vectorferry.verify.row;

import org.jspecify.annotations.NullMarked;
