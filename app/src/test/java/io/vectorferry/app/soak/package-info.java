/** Seeded histories of database activity, replicated by {@code ferry} as a separate process and compared exactly at the end. */
@NullMarked
package io.vectorferry.app.soak;

import org.jspecify.annotations.NullMarked;
