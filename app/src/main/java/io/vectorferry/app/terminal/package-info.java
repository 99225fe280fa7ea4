/** Terminal output, and the options that every command has. */
@NullMarked
package io.vectorferry.app.terminal;

import org.jspecify.annotations.NullMarked;
