/** Reads documents joined to the vectors that they refer to. */
@NullMarked
package io.vectorferry.producer.join;

import org.jspecify.annotations.NullMarked;
