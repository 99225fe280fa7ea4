/** Transforms and validation of rows. */
@NullMarked
package io.vectorferry.rules.transform;

import org.jspecify.annotations.NullMarked;
