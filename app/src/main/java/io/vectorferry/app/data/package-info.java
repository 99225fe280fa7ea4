/** {@code ferry export}, {@code import}, {@code ids} and {@code references}. */
@NullMarked
package io.vectorferry.app.data;

import org.jspecify.annotations.NullMarked;
