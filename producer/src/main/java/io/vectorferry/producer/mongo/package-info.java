/** A MongoDB collection whose documents refer to vectors kept elsewhere. */
@NullMarked
package io.vectorferry.producer.mongo;

import org.jspecify.annotations.NullMarked;
