/** Joins documents to the vectors that they refer to. */
@NullMarked
package io.vectorferry.stream.join;

import org.jspecify.annotations.NullMarked;
