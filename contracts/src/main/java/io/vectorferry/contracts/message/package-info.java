/** The messages on the topics, and their keys and positions. */
@NullMarked
package io.vectorferry.contracts.message;

import org.jspecify.annotations.NullMarked;
