/** The {@code source.chroma} section. */
@NullMarked
package io.vectorferry.producer.chroma.config;

import org.jspecify.annotations.NullMarked;
