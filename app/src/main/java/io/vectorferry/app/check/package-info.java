/** {@code ferry doctor}, {@code plan} and {@code config}. */
@NullMarked
package io.vectorferry.app.check;

import org.jspecify.annotations.NullMarked;
