/** What a verification leaves for people. */
@NullMarked
package io.vectorferry.app.verify;

import org.jspecify.annotations.NullMarked;
