/** Rows as JSON lines: export, import, and the checksum between them. */
@NullMarked
package io.vectorferry.app.jsonl;

import org.jspecify.annotations.NullMarked;
