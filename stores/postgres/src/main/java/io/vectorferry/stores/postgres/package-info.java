/** The PostgreSQL protocol: quoting, catalog, and values in binary and text form. */
@NullMarked
package io.vectorferry.stores.postgres;

import org.jspecify.annotations.NullMarked;
