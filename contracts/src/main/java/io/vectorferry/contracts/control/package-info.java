/** The control topic: progress, acknowledgements and transitions that outlive a process. */
@NullMarked
package io.vectorferry.contracts.control;

import org.jspecify.annotations.NullMarked;
