/** Errors, findings, stages and overdue answers, which every module shares. */
@NullMarked
package io.vectorferry.contracts;

import org.jspecify.annotations.NullMarked;
