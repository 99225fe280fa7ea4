/** The rules of order: which change wins, truncation, and sweep. */
@NullMarked
package io.vectorferry.stream.order;

import org.jspecify.annotations.NullMarked;
