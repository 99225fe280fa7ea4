/** The MongoDB source and its stage. */
@NullMarked
package io.vectorferry.producer.mongo;

import org.jspecify.annotations.NullMarked;
