/** The PostgreSQL source and its stage. */
@NullMarked
package io.vectorferry.producer.postgres;

import org.jspecify.annotations.NullMarked;
