/** Real texts and their embeddings for the demo. */
@NullMarked
package io.vectorferry.demo;

import org.jspecify.annotations.NullMarked;
