@NullMarked
package io.vectorferry.contracts.message;

import org.jspecify.annotations.NullMarked;
