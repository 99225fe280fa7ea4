/** A real Connect worker as a process of its own, and change events as Debezium writes them. */
@NullMarked
package io.vectorferry.sink.connect.tests;

import org.jspecify.annotations.NullMarked;
