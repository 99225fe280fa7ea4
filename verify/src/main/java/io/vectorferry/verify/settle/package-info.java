/** Distinguishes lag from loss: barriers, dead letters, and repairs. */
@NullMarked
package io.vectorferry.verify.settle;

import org.jspecify.annotations.NullMarked;
