/** The routing as feature flags: OFREP and flagd. */
@NullMarked
package io.vectorferry.control.flags;

import org.jspecify.annotations.NullMarked;
