/** A pipeline's two sides, put before the verification of the control plane. */
@NullMarked
package io.vectorferry.app.verify;

import org.jspecify.annotations.NullMarked;
