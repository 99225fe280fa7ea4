/** What all stages share: messages, topics, configuration and errors. Knows no source, target or stream library. */
@NullMarked
package io.vectorferry.contracts;

import org.jspecify.annotations.NullMarked;
