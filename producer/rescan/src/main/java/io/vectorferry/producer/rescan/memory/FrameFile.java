package io.vectorferry.producer.rescan.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/** A file of frames that only grows. A frame that a crash cut off is not there at the next start. For one thread at a time. */
public final class FrameFile implements AutoCloseable {
    private static final int HEADER_BYTES = 8;
    private static final int MAX_FRAME_BYTES = 64 * 1024 * 1024;

    private final FileChannel channel;

    private FrameFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Passes every complete frame in order, and continues writing after the last. */
    public static FrameFile open(Path path, Consumer<ByteBuffer> frames) {
        try {
            FrameFile file = new FrameFile(FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
            file.replay(frames);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be opened", e);
        }
    }

    private void replay(Consumer<ByteBuffer> frames) throws IOException {
        long end = 0;
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        while (readFully(header.clear(), end)) {
            int length = header.getInt(0);
            if (length < 1 || length > MAX_FRAME_BYTES) {
                break;
            }
            ByteBuffer frame = ByteBuffer.allocate(length);
            if (!readFully(frame, end + HEADER_BYTES) || checksum(frame.flip()) != header.getInt(4)) {
                break;
            }
            frames.accept(frame);
            end += HEADER_BYTES + length;
        }
        channel.truncate(end).position(end);
    }

    private boolean readFully(ByteBuffer buffer, long from) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                return false;
            }
        }
        return true;
    }

    void append(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + frame.length);
        bytes.putInt(frame.length)
                .putInt(checksum(ByteBuffer.wrap(frame)))
                .put(frame)
                .flip();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Syncs the file, so that what was appended survives a power failure. */
    void force() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long bytes() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int checksum(ByteBuffer frame) {
        CRC32 crc = new CRC32();
        crc.update(frame.duplicate());
        return (int) crc.getValue();
    }
}
