/** What travels between the stages, and its one encoding. */
@NullMarked
package io.vectorferry.contracts.message;

import org.jspecify.annotations.NullMarked;
