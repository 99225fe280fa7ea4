/** End-to-end tests with {@code ferry} as a separate process. */
@NullMarked
package io.vectorferry.app.e2e;

import org.jspecify.annotations.NullMarked;
