/** Rows as JSON lines: export, import, and checksum. */
@NullMarked
package io.vectorferry.app.jsonl;

import org.jspecify.annotations.NullMarked;
