package io.vectorferry.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.control.status.PipelineStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last known status, in the data directory: what `ferry status` shows when no control plane answers. */
public final class StatusFile {
    private static final Logger LOG = LoggerFactory.getLogger(StatusFile.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    private StatusFile(Path directory) {
        this.directory = directory;
    }

    public static StatusFile of(Path dataDir) {
        return new StatusFile(dataDir);
    }

    void write(PipelineStatus status) throws IOException {
        replace(directory, ControlStage.STATUS_FILE, JSON.writeValueAsBytes(status));
    }

    /** Adds why a stage has failed, when no control plane is left that would. */
    public void failed(String stage, String reason) {
        try {
            if (JSON.readTree(directory.resolve(ControlStage.STATUS_FILE).toFile()) instanceof ObjectNode status) {
                replace(directory, ControlStage.STATUS_FILE, JSON.writeValueAsBytes(failed(status, stage, reason)));
            }
        } catch (IOException e) {
            LOG.error("{} failed, and the last status could not be updated", stage, e);
        }
    }

    /** Returns the status with the state {@code failed} and the error, unless an error says so already. */
    public static JsonNode failed(ObjectNode status, String stage, String reason) {
        ArrayNode errors = status.withArray("/errors");
        boolean isKnown = false;
        for (JsonNode error : errors) {
            isKnown |= error.asText().contains(reason);
        }
        if (!isKnown) {
            errors.add(stage + ": " + reason);
        }
        if (status.get("lifecycle") instanceof ObjectNode lifecycle) {
            lifecycle.put("failed", true).put("reason", stage + ": " + reason);
        }
        return status.put("state", PipelineState.FAILED.toString());
    }

    /** Replaces the file by a rename, so that a reader never sees half of it. */
    public static void replace(Path directory, String name, byte[] content) throws IOException {
        OwnerOnly.createDirectories(directory);
        Path fresh = directory.resolve(name + ".new");
        OwnerOnly.createFile(fresh);
        Files.write(fresh, content);
        Files.move(fresh, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
