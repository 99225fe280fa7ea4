/** Against a server that speaks the protocol of MongoDB. */
@NullMarked
package io.vectorferry.producer.mongo;

import org.jspecify.annotations.NullMarked;
