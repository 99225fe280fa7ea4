/** The {@code ferry} command. */
@NullMarked
package io.vectorferry.app;

import org.jspecify.annotations.NullMarked;
