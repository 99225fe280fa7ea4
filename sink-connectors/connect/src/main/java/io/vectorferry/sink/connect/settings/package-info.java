/** The properties of a connector. */
@NullMarked
package io.vectorferry.sink.connect.settings;

import org.jspecify.annotations.NullMarked;
