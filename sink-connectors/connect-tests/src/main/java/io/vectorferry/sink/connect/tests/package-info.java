/** A Connect worker as a separate process, and change events as Debezium writes them. */
@NullMarked
package io.vectorferry.sink.connect.tests;

import org.jspecify.annotations.NullMarked;
