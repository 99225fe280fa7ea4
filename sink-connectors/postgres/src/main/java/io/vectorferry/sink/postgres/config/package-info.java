/** The settings of the target. */
@NullMarked
package io.vectorferry.sink.postgres.config;

import org.jspecify.annotations.NullMarked;
