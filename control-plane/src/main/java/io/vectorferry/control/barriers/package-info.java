/** Issues barriers and measures their age. */
@NullMarked
package io.vectorferry.control.barriers;

import org.jspecify.annotations.NullMarked;
