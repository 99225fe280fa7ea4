/** Checks and estimates before anything is written. */
@NullMarked
package io.vectorferry.producer.postgres.doctor;

import org.jspecify.annotations.NullMarked;
