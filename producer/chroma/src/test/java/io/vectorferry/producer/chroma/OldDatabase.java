package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A database directory that an old release of Chroma has made itself, in its own process, and what that release read of it. */
public final class OldDatabase {
    /** What its embedded client imports; the wheel's other dependencies are for its server and for making embeddings. */
    private static final List<String> NEEDED = List.of(
            "numpy==1.26.4",
            "pydantic==2.11.7",
            "pydantic_core==2.33.2",
            "pydantic-settings==2.10.1",
            "annotated-types==0.7.0",
            "typing-inspection==0.4.1",
            "typing_extensions==4.14.1",
            "python-dotenv==1.1.1",
            "overrides==7.7.0",
            "PyPika==0.48.9",
            "tenacity==9.1.2",
            "tqdm==4.67.1",
            "importlib-resources==6.5.2",
            "importlib-metadata==8.7.0",
            "zipp==3.23.0",
            "requests==2.32.4",
            "urllib3==2.5.0",
            "idna==3.10",
            "certifi==2025.8.3",
            "charset-normalizer==3.4.3",
            "PyYAML==6.0.2",
            "orjson==3.11.1",
            "httpx==0.28.1",
            "httpcore==1.0.9",
            "h11==0.16.0",
            "anyio==4.10.0",
            "sniffio==1.3.1",
            "posthog==3.25.0",
            "six==1.17.0",
            "monotonic==1.6",
            "backoff==2.2.1",
            "distro==1.9.0",
            "python-dateutil==2.9.0.post0",
            "bcrypt==4.3.0",
            "grpcio==1.74.0",
            "googleapis-common-protos==1.70.0",
            "protobuf==6.31.1",
            "opentelemetry-api==1.36.0",
            "opentelemetry-sdk==1.36.0",
            "opentelemetry-proto==1.36.0",
            "opentelemetry-semantic-conventions==0.57b0",
            "opentelemetry-exporter-otlp-proto-common==1.36.0",
            "opentelemetry-exporter-otlp-proto-grpc==1.36.0");

    /** Most rows are in the index's files and out of the newer release's queue, the last are in the queue alone. */
    private static final String FILL = """
            import sys, types, json, struct
            for name in ["onnxruntime", "tokenizers"]:  # of the embedding function that is not used
                sys.modules[name] = types.ModuleType(name)
            sys.modules["tokenizers"].Tokenizer = object
            import chromadb, numpy as np
            client = chromadb.PersistentClient(sys.argv[1], settings=chromadb.Settings(anonymized_telemetry=False))
            random = np.random.default_rng(7)
            def fill(name, space, rows):
                arts = client.create_collection(name, embedding_function=None, metadata={"hnsw:space": space})
                ids = [f"é{i}" for i in range(rows)]
                arts.add(ids=ids, embeddings=(random.standard_normal((rows, 6), dtype=np.float32) * 100).tolist(), documents=[f"text {i}" for i in ids],
                    metadatas=[{"n": 9007199254740993 + i, "score": i / 7, "flag": i % 2 == 0, "lang": "en"} for i in range(rows)])
                return arts
            arts = fill("arts", "l2", 1100)
            arts.update(ids=["é3", "é4"], documents=["another text", "and one"], embeddings=[[1, 2, 3, 4, 5, 0.1], [-1, -2, -3, -4, -5, 1e-7]])
            arts.update(ids=["é4", "é9"], metadatas=[{"n": -1}, {"more": "x"}])
            arts.delete(ids=["é5", "é6"])
            arts.upsert(ids=["é7", "bare"], embeddings=[[0.5, -0.0, 1e-45, 16777216, 3.4e38, 0.1]] * 2)
            fill("angles", "cosine", 20)
            def value(one):
                if isinstance(one, bool): return "bool " + str(one).lower()
                if isinstance(one, int): return f"int {one}"
                return "float " + struct.pack(">d", one).hex() if isinstance(one, float) else "text " + one
            for name in ["arts", "angles"]:
                found = client.get_collection(name, embedding_function=None).get(include=["embeddings", "documents", "metadatas"])
                for i, id in enumerate(found["ids"]):
                    fields = {k: value(v) for k, v in (found["metadatas"][i] or {}).items()}
                    if found["documents"][i] is not None: fields["document"] = value(found["documents"][i])
                    said = "; ".join(f"{k}={v}" for k, v in sorted(fields.items()))
                    print(f"{name}\\t{id}\\t{np.asarray(found['embeddings'][i], '<f4').tobytes().hex()}\\t{said}")
            """;

    private final PythonEnvironment python;

    private OldDatabase(PythonEnvironment python) {
        this.python = python;
    }

    static boolean canBeMade() {
        String minor = PythonEnvironment.chroma().run("import sys; print(sys.version_info.minor)");
        return minor.strip().matches("9|10|11|12");
    }

    /** @param index of the release's own index library */
    public static OldDatabase of(String release, String index) {
        List<String> packages =
                new ArrayList<>(List.of("--no-deps", "chromadb==" + release, "chroma-hnswlib==" + index));
        packages.addAll(NEEDED);
        return new OldDatabase(PythonEnvironment.with("chroma-" + release, packages));
    }

    /** A vector and all the rest as text. */
    record Content(Vector vector, String fields) {}

    /** Returns by collection and id what the old release itself reads. */
    Map<String, Map<String, Content>> fill(Path directory) {
        Map<String, Map<String, Content>> all = new TreeMap<>();
        for (String line : python.run(FILL, directory.toString()).lines().toList()) {
            String[] parts = line.split("\t", -1);
            Vector vector = Vector.ofBytes(
                    io.vectorferry.contracts.row.VectorElement.FLOAT32,
                    parts[2].length() / 8,
                    HexFormat.of().parseHex(parts[2]));
            all.computeIfAbsent(parts[0], name -> new TreeMap<>()).put(parts[1], new Content(vector, parts[3]));
        }
        return all;
    }

    static Content content(Row row) {
        Map<String, String> fields = new TreeMap<>();
        for (Field field : row.fields()) {
            if (!field.value().equals(Value.NULL)) {
                fields.put(field.name(), text(field.value()));
            }
        }
        List<String> said = new ArrayList<>();
        fields.forEach((name, value) -> said.add(name + "=" + value));
        return new Content(row.vector().orElseThrow().value().orElseThrow(), String.join("; ", said));
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Bool(boolean flag) -> "bool " + flag;
            case Value.Whole(long number) -> "int " + number;
            case Value.Real64(double number) ->
                "float "
                        + HexFormat.of()
                                .formatHex(ByteBuffer.allocate(Double.BYTES)
                                        .putDouble(number)
                                        .array());
            case Value.Text(String text) -> "text " + text;
            case Value.Null none -> "null";
            case Value.Real32 other -> other.toString();
            case Value.Bytes other -> other.toString();
            case Value.Items other -> other.toString();
        };
    }

    static float[] floats(Vector vector) {
        float[] floats = new float[vector.dimension()];
        vector.buffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return floats;
    }
}
