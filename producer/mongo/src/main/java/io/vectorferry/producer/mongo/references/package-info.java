/** Rewrites the references of documents to new ids. */
@NullMarked
package io.vectorferry.producer.mongo.references;

import org.jspecify.annotations.NullMarked;
