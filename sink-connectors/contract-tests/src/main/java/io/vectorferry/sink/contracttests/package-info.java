/** Tests that every target passes against the real store. */
@NullMarked
package io.vectorferry.sink.contracttests;

import org.jspecify.annotations.NullMarked;
