@NullMarked
package io.vectorferry.stream;

import org.jspecify.annotations.NullMarked;
