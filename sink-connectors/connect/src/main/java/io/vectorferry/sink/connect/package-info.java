/** What every Vectorferry sink for Kafka Connect shares: settings, how a record is read, the task's data path. */
@NullMarked
package io.vectorferry.sink.connect;

import org.jspecify.annotations.NullMarked;
