/** Reads what a source under test has published. */
@NullMarked
package io.vectorferry.producer.contracttests;

import org.jspecify.annotations.NullMarked;
