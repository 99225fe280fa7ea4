/** The Milvus source: collections read page by page. */
@NullMarked
package io.vectorferry.producer.milvus;

import org.jspecify.annotations.NullMarked;
