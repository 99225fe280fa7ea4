/** Measures, beside the peer and the raw limit in the same run. Never a test. */
@NullMarked
package io.vectorferry.app.benchmark;

import org.jspecify.annotations.NullMarked;
