package io.vectorferry.sink.milvus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** PEM files of a new authority, and of a server and a client that it has signed. */
public record TestCertificates(Path directory) {
    private static final String PASSWORD = "changeit";
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    static TestCertificates in(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = directory.resolve("all.p12");
        keytool(store, "ca", "CN=test authority", "-ext", "bc:c");
        keytool(store, "server", "CN=milvus", "-signer", "ca", "-ext", "san=dns:milvus.test");
        keytool(store, "client", "CN=ferry", "-signer", "ca");
        TestCertificates certificates = new TestCertificates(directory);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(store)) {
            keys.load(bytes, PASSWORD.toCharArray());
        }
        for (String name : List.of("ca", "server", "client")) {
            write(
                    certificates.certificate(name),
                    "CERTIFICATE",
                    keys.getCertificate(name).getEncoded());
            write(
                    certificates.key(name),
                    "PRIVATE KEY",
                    keys.getKey(name, PASSWORD.toCharArray()).getEncoded());
        }
        return certificates;
    }

    public Path certificate(String name) {
        return directory.resolve(name + ".pem");
    }

    public Path key(String name) {
        return directory.resolve(name + ".key");
    }

    private static void keytool(Path store, String alias, String name, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                alias,
                "-dname",
                name,
                "-keyalg",
                "RSA"));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }

    private static void write(Path file, String kind, byte[] der) throws IOException {
        Files.writeString(
                file, "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(kind, PEM.encodeToString(der)));
    }
}
