@org.jspecify.annotations.NullMarked
package io.vectorferry.control.verify.search;
