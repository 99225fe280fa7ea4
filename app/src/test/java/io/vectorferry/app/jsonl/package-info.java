@NullMarked
package io.vectorferry.app.jsonl;

import org.jspecify.annotations.NullMarked;
