/** Compares search results with the exact nearest rows. */
@NullMarked
package io.vectorferry.verify.search;

import org.jspecify.annotations.NullMarked;
