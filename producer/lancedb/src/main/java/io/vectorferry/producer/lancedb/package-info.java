/** The LanceDB source: tables by their versions. */
@NullMarked
package io.vectorferry.producer.lancedb;

import org.jspecify.annotations.NullMarked;
