package io.vectorferry.sink.connect.milvus;

import io.vectorferry.sink.connect.VectorSinkTask;
import io.vectorferry.sink.connect.settings.TargetKind;
import io.vectorferry.sink.milvus.MilvusTargetFactory;
import java.util.List;

/** One of the tasks of a {@link MilvusSinkConnector}. */
public final class MilvusSinkTask extends VectorSinkTask {
    static final TargetKind MILVUS = new TargetKind(
            new MilvusTargetFactory(),
            "collection",
            List.of(
                    new TargetKind.Documented(
                            "uri", false, "The server: http://host:port, or https://host:port for TLS."),
                    new TargetKind.Documented("token", true, "An API key, or user:password."),
                    new TargetKind.Documented("database", false, "The database of the server."),
                    new TargetKind.Documented("index.type", false, "Vector index of a collection that is created."),
                    new TargetKind.Documented("index.metric", false, "Metric of searches: L2, COSINE or IP."),
                    new TargetKind.Documented("alias", false, "A second name for applications to read by.")),
            false);

    public MilvusSinkTask() {
        super(MILVUS);
    }
}
