/** Reading a table back, and searching it. */
@NullMarked
package io.vectorferry.sink.postgres.read;

import org.jspecify.annotations.NullMarked;
