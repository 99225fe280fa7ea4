/**
 * Between {@code changes} and {@code records}: order, de-duplication, transforms, identity, validation. Start reading at
 * {@link io.vectorferry.stream.ReplicationTopology}.
 */
@NullMarked
package io.vectorferry.stream;

import org.jspecify.annotations.NullMarked;
