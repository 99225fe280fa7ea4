/** Reads pipeline.yaml. No other package parses configuration. */
@NullMarked
package io.vectorferry.contracts.config;

import org.jspecify.annotations.NullMarked;
