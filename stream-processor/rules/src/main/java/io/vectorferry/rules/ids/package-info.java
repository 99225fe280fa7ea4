/** How a target id is derived from a source key. */
@NullMarked
package io.vectorferry.rules.ids;

import org.jspecify.annotations.NullMarked;
