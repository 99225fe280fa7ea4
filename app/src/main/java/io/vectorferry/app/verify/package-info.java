/** {@code ferry verify}. */
@NullMarked
package io.vectorferry.app.verify;

import org.jspecify.annotations.NullMarked;
