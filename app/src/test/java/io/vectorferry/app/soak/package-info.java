/** Seeded histories of what databases do, replicated by {@code ferry} as a process, and compared exactly at the end. */
@NullMarked
package io.vectorferry.app.soak;

import org.jspecify.annotations.NullMarked;
