/** {@code ferry run} and the commands that run one stage. */
@NullMarked
package io.vectorferry.app.run;

import org.jspecify.annotations.NullMarked;
