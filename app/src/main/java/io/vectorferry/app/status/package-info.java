/** {@code ferry status} and {@code dead-letters}. */
@NullMarked
package io.vectorferry.app.status;

import org.jspecify.annotations.NullMarked;
