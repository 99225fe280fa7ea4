package io.vectorferry.producer.milvus;

import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;

/** An application of its own: Milvus' Python client. */
record MilvusApplication(MilvusServer server) {
    private static final String HEAD = """
            import sys, json, numpy as np
            from pymilvus import MilvusClient, DataType
            client = MilvusClient(sys.argv[1])
            def create(name, key=DataType.VARCHAR, fields=(), dynamic=True, vector=DataType.FLOAT_VECTOR, dim=4, metric="L2"):
                schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=dynamic)
                schema.add_field("pk", key, is_primary=True, max_length=200)
                schema.add_field("vector", vector, dim=dim)
                for field, kind, more in fields:
                    schema.add_field(field, kind, **more)
                index = client.prepare_index_params()
                kind = "BIN_FLAT" if vector == DataType.BINARY_VECTOR else "FLAT"
                index.add_index(field_name="vector", index_type=kind, metric_type="HAMMING" if kind == "BIN_FLAT" else metric)
                client.create_collection(name, schema=schema, index_params=index, consistency_level="Strong")
            def rows(first, count, name="row"):
                return [{"pk": f"r{i}", "vector": [float(i), 1.0, 0.5, 0.25], "name": f"{name} {i}", "number": i}
                        for i in range(first, first + count)]
            """;

    /** Runs a program in which {@code client} is connected and {@code rows} makes rows. */
    String run(String program) {
        return PythonEnvironment.pymilvus().run(HEAD + program, server.uri());
    }
}
