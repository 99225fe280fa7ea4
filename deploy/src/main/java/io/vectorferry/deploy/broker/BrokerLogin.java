package io.vectorferry.deploy.broker;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The password of an embedded broker, without which another user of the machine cannot connect: loopback keeps out other
 * machines only. It is kept in {@code client.properties}, which Kafka's own command line tools take as it stands.
 */
public record BrokerLogin(String password) {
    private static final String FILE = "client.properties";
    private static final String USER = "ferry";
    private static final int PASSWORD_BYTES = 24;

    /** Returns the login of the broker on the directory, which is made at its first start. */
    public static BrokerLogin of(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                byte[] random = new byte[PASSWORD_BYTES];
                new SecureRandom().nextBytes(random);
                write(file, new BrokerLogin(HexFormat.of().formatHex(random)));
            }
            Properties known = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                known.load(reader);
            }
            String jaas = known.getProperty("sasl.jaas.config", "");
            int from = jaas.indexOf("password=\"") + "password=\"".length();
            return new BrokerLogin(jaas.substring(from, jaas.indexOf('"', from)));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read or written", e);
        }
    }

    /** Returns the settings of a client of the broker. */
    Map<String, String> clientSettings() {
        return new TreeMap<>(Map.of(
                "security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "PLAIN", "sasl.jaas.config", jaas(";")));
    }

    /** Returns the settings of the broker whose listeners are {@code BROKER} and {@code CONTROLLER}. */
    Map<String, String> brokerSettings() {
        String server = jaas(" user_%s=\"%s\";".formatted(USER, password));
        return Map.of(
                "sasl.enabled.mechanisms", "PLAIN",
                "sasl.mechanism.inter.broker.protocol", "PLAIN",
                "sasl.mechanism.controller.protocol", "PLAIN",
                "listener.name.broker.plain.sasl.jaas.config", server,
                "listener.name.controller.plain.sasl.jaas.config", server);
    }

    private String jaas(String end) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\"%s"
                .formatted(USER, password, end);
    }

    private static void write(Path file, BrokerLogin login) throws IOException {
        Properties properties = new Properties();
        properties.putAll(login.clientSettings());
        StringWriter text = new StringWriter();
        properties.store(text, null);
        Path fresh = file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? Files.createTempFile(
                        file.getParent(),
                        FILE,
                        ".new",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : Files.createTempFile(file.getParent(), FILE, ".new");
        Files.writeString(fresh, text.toString());
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String toString() {
        return "BrokerLogin[" + USER + "]";
    }
}
