/** An address of a database, and sessions opened with it. */
@NullMarked
package io.vectorferry.stores.postgres.session;

import org.jspecify.annotations.NullMarked;
