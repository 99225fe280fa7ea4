/** Rewrites the references of documents to new ids. */
@NullMarked
package io.vectorferry.producer.postgres.references;

import org.jspecify.annotations.NullMarked;
