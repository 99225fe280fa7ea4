@NullMarked
package io.vectorferry.sink.connect.lancedb;

import org.jspecify.annotations.NullMarked;
