package io.vectorferry.sink.connect.milvus;

import io.vectorferry.sink.connect.VectorSinkConnector;

/** Change events into Milvus collections; any number of tasks, offsets committed after the server's acknowledgement. */
public final class MilvusSinkConnector extends VectorSinkConnector {
    public MilvusSinkConnector() {
        super(MilvusSinkTask.MILVUS, MilvusSinkTask.class);
    }
}
