/** Topics, serializers, and client settings. */
@NullMarked
package io.vectorferry.contracts.kafka;

import org.jspecify.annotations.NullMarked;
