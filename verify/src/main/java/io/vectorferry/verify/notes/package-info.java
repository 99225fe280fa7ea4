/** The files of a verification: checkpoints, and the last one that passed. */
@NullMarked
package io.vectorferry.verify.notes;

import org.jspecify.annotations.NullMarked;
