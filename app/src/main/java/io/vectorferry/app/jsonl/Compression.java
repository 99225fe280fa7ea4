package io.vectorferry.app.jsonl;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Compression by the end of a file's name: {@code .gz}, {@code .zst}, or none. */
enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER_BYTES = 1 << 16;

    static Compression of(Path named) {
        String name = named.getFileName().toString();
        return name.endsWith(".gz") ? GZIP : name.endsWith(".zst") ? ZSTD : NONE;
    }

    OutputStream write(Path file) throws IOException {
        OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES);
        return switch (this) {
            case NONE -> bytes;
            case GZIP -> new GZIPOutputStream(bytes, BUFFER_BYTES);
            case ZSTD -> new ZstdOutputStream(bytes);
        };
    }

    InputStream read(Path file) throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        return switch (this) {
            case NONE -> bytes;
            case GZIP -> new BufferedInputStream(new GZIPInputStream(bytes, BUFFER_BYTES), BUFFER_BYTES);
            case ZSTD -> new BufferedInputStream(new ZstdInputStream(bytes), BUFFER_BYTES);
        };
    }
}
