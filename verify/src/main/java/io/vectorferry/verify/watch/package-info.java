/** Verifies targets continuously while the pipeline runs. */
@NullMarked
package io.vectorferry.verify.watch;

import org.jspecify.annotations.NullMarked;
