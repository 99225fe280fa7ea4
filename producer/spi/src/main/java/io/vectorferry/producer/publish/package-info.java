/** Publishes changes, and keeps track of generations. */
@NullMarked
package io.vectorferry.producer.publish;

import org.jspecify.annotations.NullMarked;
