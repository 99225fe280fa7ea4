/** Writing a table batch by batch. */
@NullMarked
package io.vectorferry.sink.postgres.write;

import org.jspecify.annotations.NullMarked;
