/** Provisions and owns real servers for tests, the demo and the all-in-one process. */
@NullMarked
package io.vectorferry.deploy;

import org.jspecify.annotations.NullMarked;
