/** PostgreSQL, Chroma, Milvus and Python for tests and the demo. */
@NullMarked
package io.vectorferry.deploy.server;

import org.jspecify.annotations.NullMarked;
