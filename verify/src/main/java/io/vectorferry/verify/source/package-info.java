/** The source as verification reads it, through the rules of the pipeline. */
@NullMarked
package io.vectorferry.verify.source;

import org.jspecify.annotations.NullMarked;
