/** The {@code source.postgres} section. */
@NullMarked
package io.vectorferry.producer.postgres.access;

import org.jspecify.annotations.NullMarked;
