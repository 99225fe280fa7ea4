/** What a source provides: checks, plan, reader, barriers, and a stage. */
@NullMarked
package io.vectorferry.producer.spi;

import org.jspecify.annotations.NullMarked;
