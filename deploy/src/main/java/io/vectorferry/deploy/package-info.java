/** Ports and directories for servers that this process owns. */
@NullMarked
package io.vectorferry.deploy;

import org.jspecify.annotations.NullMarked;
