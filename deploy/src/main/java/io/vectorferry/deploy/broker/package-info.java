/** The embedded Kafka broker. */
@NullMarked
package io.vectorferry.deploy.broker;

import org.jspecify.annotations.NullMarked;
