/** The control plane: its stage and its REST interface. */
@NullMarked
package io.vectorferry.control;

import org.jspecify.annotations.NullMarked;
