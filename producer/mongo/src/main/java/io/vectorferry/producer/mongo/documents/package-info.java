/** Documents as rows: fields, types, references, and pages. */
@NullMarked
package io.vectorferry.producer.mongo.documents;

import org.jspecify.annotations.NullMarked;
