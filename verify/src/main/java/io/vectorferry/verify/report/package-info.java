/** Reports of a verification: object, text, and HTML. */
@NullMarked
package io.vectorferry.verify.report;

import org.jspecify.annotations.NullMarked;
