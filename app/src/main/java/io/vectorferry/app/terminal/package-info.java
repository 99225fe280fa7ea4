/** How text reaches a terminal. */
@NullMarked
package io.vectorferry.app.terminal;

import org.jspecify.annotations.NullMarked;
