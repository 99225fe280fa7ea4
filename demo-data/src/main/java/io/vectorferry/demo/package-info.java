/** Real texts and their real embeddings for the demo. */
@NullMarked
package io.vectorferry.demo;

import org.jspecify.annotations.NullMarked;
