/** What the stages of all sources share: parts that run side by side. */
@NullMarked
package io.vectorferry.producer.stage;

import org.jspecify.annotations.NullMarked;
