/** Documents joined to the vectors that they refer to, in front of the ordering rules. */
@NullMarked
package io.vectorferry.stream.join;

import org.jspecify.annotations.NullMarked;
