/** PostgreSQL with pgvector as a target. */
@NullMarked
package io.vectorferry.sink.postgres;

import org.jspecify.annotations.NullMarked;
