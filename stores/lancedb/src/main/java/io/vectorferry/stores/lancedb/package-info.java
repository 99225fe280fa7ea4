/** LanceDB: tables and their versions, scans, errors, the types of columns, and the values in them. */
@NullMarked
package io.vectorferry.stores.lancedb;

import org.jspecify.annotations.NullMarked;
