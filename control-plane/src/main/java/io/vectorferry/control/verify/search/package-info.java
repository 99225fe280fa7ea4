/** Whether a target finds for a query what the source's rows say that it should find. */
@NullMarked
package io.vectorferry.control.verify.search;

import org.jspecify.annotations.NullMarked;
