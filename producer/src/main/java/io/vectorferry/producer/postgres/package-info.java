/** PostgreSQL with pgvector: checks, provisioning, snapshot. */
@NullMarked
package io.vectorferry.producer.postgres;

import org.jspecify.annotations.NullMarked;
