/** The filter language. */
@NullMarked
package io.vectorferry.rules.filter;

import org.jspecify.annotations.NullMarked;
