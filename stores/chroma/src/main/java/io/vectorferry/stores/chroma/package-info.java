/** The Chroma protocol: REST client, collections, and records. */
@NullMarked
package io.vectorferry.stores.chroma;

import org.jspecify.annotations.NullMarked;
