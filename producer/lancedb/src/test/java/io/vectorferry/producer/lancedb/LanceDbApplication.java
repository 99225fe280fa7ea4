package io.vectorferry.producer.lancedb;

import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;

/** An application of its own: LanceDB's Python client. */
record LanceDbApplication(Path database) {
    private static final String HEAD = """
            import sys, datetime, decimal, lancedb, pyarrow as pa, numpy as np
            db = lancedb.connect(sys.argv[1])
            def rows(first, count, name="row"):
                return [{"id": f"r{i}", "vector": [float(i), 1.0, 0.5, 0.25], "name": f"{name} {i}", "number": i}
                        for i in range(first, first + count)]
            """;

    /** Runs a program in which {@code db} is the database and {@code rows} makes rows. */
    String run(String program) {
        return PythonEnvironment.lancedb().run(HEAD + program, database.toString());
    }
}
