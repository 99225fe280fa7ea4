@NullMarked
package io.vectorferry.contracts.config;

import org.jspecify.annotations.NullMarked;
