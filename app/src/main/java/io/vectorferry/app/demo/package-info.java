/** {@code ferry demo}: the whole story on one machine, with data that it makes. */
@NullMarked
package io.vectorferry.app.demo;

import org.jspecify.annotations.NullMarked;
