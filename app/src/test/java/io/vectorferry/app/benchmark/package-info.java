/** Benchmarks, each run beside its peer and the raw limit. Not tests. */
@NullMarked
package io.vectorferry.app.benchmark;

import org.jspecify.annotations.NullMarked;
