/** The wire format of the messages: Protocol Buffers, written by hand. */
@NullMarked
package io.vectorferry.contracts.codec;

import org.jspecify.annotations.NullMarked;
