/** The {@code lancedb:} section and its index settings. */
@NullMarked
package io.vectorferry.sink.lancedb.config;

import org.jspecify.annotations.NullMarked;
