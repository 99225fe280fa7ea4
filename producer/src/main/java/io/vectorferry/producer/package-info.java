/** What every source offers, and the one way into the changes topic. */
@NullMarked
package io.vectorferry.producer;

import org.jspecify.annotations.NullMarked;
