/** Change events of any converter as rows. */
@NullMarked
package io.vectorferry.sink.connect.reading;

import org.jspecify.annotations.NullMarked;
