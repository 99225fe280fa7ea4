package io.vectorferry.sink.connect.lancedb;

import io.vectorferry.sink.connect.VectorSinkTask;
import io.vectorferry.sink.connect.settings.TargetKind;
import io.vectorferry.sink.lancedb.LanceDbTargetFactory;
import java.util.List;

/** The one task of a {@link LanceDbSinkConnector}. */
public final class LanceDbSinkTask extends VectorSinkTask {
    /** A LanceDB table has one writer, so a connector has one task; several connectors share many topics. */
    static final TargetKind LANCEDB = new TargetKind(
            new LanceDbTargetFactory(),
            "table",
            List.of(
                    new TargetKind.Documented(
                            "uri",
                            false,
                            "The database: a directory, or an object store's address such as s3://bucket/db."),
                    new TargetKind.Documented(
                            "index.type", false, "Vector index: auto, ivf_flat, ivf_sq, ivf_pq, ivf_hnsw_sq or none."),
                    new TargetKind.Documented("index.metric", false, "Metric of searches: l2, cosine or dot."),
                    new TargetKind.Documented(
                            "index.minRows",
                            false,
                            "No index is built for fewer rows. Default 10000, or 1 if index.metric is not l2."),
                    new TargetKind.Documented(
                            "dataStorageVersion", false, "File format of new tables: 2.0, 2.1 or 2.2.")),
            true);

    public LanceDbSinkTask() {
        super(LANCEDB);
    }
}
