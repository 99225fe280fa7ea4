/** The contract of a source: checks, plan, reader, barriers, and a stage. */
@NullMarked
package io.vectorferry.producer.spi;

import org.jspecify.annotations.NullMarked;
