/** What a pipeline is doing: barriers, lag, states, dead letters, and the REST interface that tells of them. */
@NullMarked
package io.vectorferry.control;

import org.jspecify.annotations.NullMarked;
