package io.vectorferry.stream.ids;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.rules.ids.IdRule;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Keeps in {@code control} how ids are given, and refuses another way once rows have got theirs: they would be renumbered in silence. */
public final class IdRuleGuard {
    private final KafkaConnection kafka;
    private final Topics topics;

    public IdRuleGuard(KafkaConnection kafka, Topics topics) {
        this.kafka = kafka;
        this.topics = topics;
    }

    public void check(IdRule rule) {
        var wanted = rule.recorded();
        var kept = kept();
        if (wanted.equals(kept)) {
            return;
        }
        if (!kept.getPolicy().isEmpty() && idsAreGiven()) {
            refuse(kept, wanted);
        }
        try (ControlPublisher publisher = new ControlPublisher(kafka, topics.control())) {
            publisher.publish(
                    ControlKey.idRule(), Control.newBuilder().setIdRule(wanted).build());
        }
    }

    private io.vectorferry.contracts.wire.IdRule kept() {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            view.refresh();
            return view.get(ControlKey.idRule())
                    .map(Control::getIdRule)
                    .orElse(io.vectorferry.contracts.wire.IdRule.getDefaultInstance());
        }
    }

    private static void refuse(io.vectorferry.contracts.wire.IdRule kept, io.vectorferry.contracts.wire.IdRule wanted) {
        if (!kept.getPolicy().equals(wanted.getPolicy())) {
            throw FerryException.misconfigured(
                    "the rows of this pipeline were assigned ids by `ids: %s`, but the file now says `ids: %s`: every row would get another id"
                            .formatted(kept.getPolicy(), wanted.getPolicy()),
                    "Write `ids: %s` again, or give the pipeline another name and its targets other tables, which are then filled from the start."
                            .formatted(kept.getPolicy()));
        }
        if (!wanted.getSharedTables().isEmpty()) {
            throw FerryException.misconfigured(
                    "with `ids: preserve`, other collections share a table now than when the ids were assigned",
                    "Undo the change of the tables, or give the pipeline another name and its targets other tables, which are then filled from the start.");
        }
    }

    private boolean idsAreGiven() {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < topics.idMap().partitions(); partition++) {
            ends.put(new TopicPartition(topics.idMap().name(), partition), OffsetSpec.latest());
        }
        try (Admin admin = kafka.admin()) {
            return admin.listOffsets(ends).all().get().values().stream().anyMatch(end -> end.offset() > 0);
        } catch (ExecutionException e) {
            throw FerryException.retryable(
                    "the broker does not return whether ids were assigned: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("the stream processor was interrupted", e);
        }
    }
}
