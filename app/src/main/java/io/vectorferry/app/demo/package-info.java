/** {@code ferry demo}: a complete migration on one machine, with generated data. */
@NullMarked
package io.vectorferry.app.demo;

import org.jspecify.annotations.NullMarked;
