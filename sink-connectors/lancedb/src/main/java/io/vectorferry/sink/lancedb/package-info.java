/** The LanceDB target. */
@NullMarked
package io.vectorferry.sink.lancedb;

import org.jspecify.annotations.NullMarked;
