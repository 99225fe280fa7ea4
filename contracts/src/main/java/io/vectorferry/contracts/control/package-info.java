/** The control topic: progress, acknowledgements and state transitions that survive a restart. */
@NullMarked
package io.vectorferry.contracts.control;

import org.jspecify.annotations.NullMarked;
