/** Target ids per partition, with what must be remembered for them, and the id lookup server. */
@NullMarked
package io.vectorferry.stream.ids;

import org.jspecify.annotations.NullMarked;
