/** Dead letters: which are open, listing, retry, and discard. */
@NullMarked
package io.vectorferry.control.deadletters;

import org.jspecify.annotations.NullMarked;
