/** Topics, their codecs, and the clients' settings. */
@NullMarked
package io.vectorferry.contracts.kafka;

import org.jspecify.annotations.NullMarked;
