/** What every target has to prove, as tests that each target's module runs against the real thing. */
@NullMarked
package io.vectorferry.sink.contracttests;

import org.jspecify.annotations.NullMarked;
