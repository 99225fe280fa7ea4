/** The content that a target must hold for a row of the source. */
@NullMarked
package io.vectorferry.rules;

import org.jspecify.annotations.NullMarked;
