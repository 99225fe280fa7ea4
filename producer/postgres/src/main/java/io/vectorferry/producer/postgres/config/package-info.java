/** The {@code source.postgres} section. */
@NullMarked
package io.vectorferry.producer.postgres.config;

import org.jspecify.annotations.NullMarked;
