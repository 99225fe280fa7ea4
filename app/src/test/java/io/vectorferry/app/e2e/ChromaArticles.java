package io.vectorferry.app.e2e;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The collection {@code articles} of a real Chroma, written and read by Chroma's own Python client. */
final class ChromaArticles {
    static final String[] COLUMNS = {"id", "document", "n", "score", "flag", "embedding"};

    private static final String HEAD = """
            import sys, os, random, chromadb, numpy as np
            port, seed = int(sys.argv[1]), int(sys.argv[2])
            client = chromadb.HttpClient(port=port, database="%s")
            random.seed(seed); rng = np.random.default_rng(seed)
            def articles(): return client.get_or_create_collection("articles", embedding_function=None)
            def vectors(n): return rng.standard_normal((n, %d), dtype=np.float32)
            def documents(ids): return [f"article {i}, edition {random.randrange(99)}" for i in ids]
            def metadatas(ids): return [{"n": random.getrandbits(62), "score": random.random(), "flag": random.random() < 0.5} for i in ids]
            """;

    private static final String FILL = """
            first, rows = int(sys.argv[3]), int(sys.argv[4])
            for at in range(first, first + rows, 500):
                ids = [f"a{i}" for i in range(at, min(at + 500, first + rows))]
                articles().add(ids=ids, embeddings=vectors(len(ids)), documents=documents(ids), metadatas=metadatas(ids))
            """;

    /** Until its parent kills it or the flag file is gone; every operation is a call of its own. */
    private static final String MIXED = """
            flag, rows = sys.argv[3], int(sys.argv[4])
            collection, fresh, done = articles(), 0, 0
            while os.path.exists(flag):
                ids = [f"a{i}" for i in random.sample(range(rows), 5)]
                kind = random.randrange(5)
                if kind == 0: collection.upsert(ids=ids, embeddings=vectors(5), documents=documents(ids), metadatas=metadatas(ids))
                elif kind == 1: collection.update(ids=ids, metadatas=metadatas(ids))
                elif kind == 2: collection.update(ids=ids, embeddings=vectors(5))
                elif kind == 3: collection.delete(ids=ids[:2])
                else:
                    ids = [f"fresh{fresh + i}" for i in range(3)]; fresh += 3
                    collection.add(ids=ids, embeddings=vectors(3), documents=documents(ids), metadatas=metadatas(ids))
                done += 1
            print(done)
            """;

    private static final String DIGESTS = """
            import hashlib
            def text(value):
                if value is None: return "\\\\N"
                if isinstance(value, bool): return "true" if value else "false"
                return str(value)
            found = articles().get(include=["embeddings", "documents", "metadatas"])
            with open(sys.argv[3], "w") as out:
                for i, id in enumerate(found["ids"]):
                    row, metadata = hashlib.sha256(), found["metadatas"][i] or {}
                    for value in [id, found["documents"][i], metadata.get("n"), float(metadata.get("vectorferry.exact.score", metadata.get("score"))), metadata.get("flag")]:
                        row.update(text(value).encode()); row.update(b"\\x1f")
                    row.update(np.asarray(found["embeddings"][i], dtype="<f4").tobytes()); row.update(b"\\x1f")
                    out.write(f"{id} {row.hexdigest()}\\n")
            """;

    /** Of each row the length of its id and the id, then the floats, lowest byte first. */
    private static final String VECTORS = """
            import struct
            ids = articles().get(include=[])["ids"]
            with open(sys.argv[3], "wb") as out:
                for at in range(0, len(ids), 2000):
                    found = articles().get(ids=ids[at:at + 2000], include=["embeddings"])
                    for id, vector in zip(found["ids"], found["embeddings"]):
                        out.write(struct.pack(">H", len(id)) + id.encode() + np.asarray(vector, dtype="<f4").tobytes())
            """;

    private final ChromaServer server;
    private final int dimension;
    private final String head;

    ChromaArticles(ChromaServer server) {
        this(server, 32);
    }

    ChromaArticles(ChromaServer server, int dimension) {
        this(server, "default_database", dimension);
    }

    ChromaArticles(ChromaServer server, String database, int dimension) {
        this.server = server;
        this.dimension = dimension;
        this.head = HEAD.formatted(database, dimension);
    }

    void fill(int first, int rows) {
        run(FILL, "1", Integer.toString(first), Integer.toString(rows));
    }

    /** The collection is dropped and made anew under its name, with fewer rows. */
    void makeAnew(int rows) {
        PythonEnvironment.chroma()
                .run(head + "client.delete_collection('articles')\n" + FILL, port(), "2", "0", Integer.toString(rows));
    }

    /** Writes as long as the flag exists; a process of its own. */
    Process writeWhile(Path flag, int rows) {
        try {
            Path program = Files.writeString(flag.resolveSibling("writer.py"), head + MIXED);
            return new ProcessBuilder(List.of(
                            PythonEnvironment.chroma().interpreter().toString(),
                            program.toString(),
                            port(),
                            "3",
                            flag.toString(),
                            Integer.toString(rows)))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Digest by id, in the form that {@link LanceTable} makes from the target. */
    Map<String, String> digests() {
        try {
            Path out = Files.createTempFile("digests", ".txt");
            run(DIGESTS, "1", out.toString());
            Map<String, String> digests = new TreeMap<>();
            for (String line : Files.readAllLines(out)) {
                int space = line.lastIndexOf(' ');
                digests.put(line.substring(0, space), line.substring(space + 1));
            }
            Files.delete(out);
            return digests;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By id, as they are stored. */
    Map<String, byte[]> vectors() {
        try {
            Path file = Files.createTempFile("vectors", ".bin");
            run(VECTORS, "1", file.toString());
            ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file));
            Files.delete(file);
            Map<String, byte[]> vectors = new TreeMap<>();
            while (all.hasRemaining()) {
                byte[] id = new byte[all.getShort()];
                byte[] vector = new byte[dimension * Float.BYTES];
                all.get(id).get(vector);
                vectors.put(new String(id, StandardCharsets.UTF_8), vector);
            }
            return vectors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(String program, String seed, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = port();
        all[1] = seed;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        PythonEnvironment.chroma().run(head + program, all);
    }

    private String port() {
        return Integer.toString(server.port());
    }
}
