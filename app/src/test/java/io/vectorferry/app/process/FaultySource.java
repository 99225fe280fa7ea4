package io.vectorferry.app.process;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.sink.contracttests.FaultyTarget;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A source whose producer and whose barriers do what a test says, as soon as it says so; else what the source behind it does. */
record FaultySource(Source real, Fault inProducer, Fault inBarriers) implements Source {
    /** What happens in place of the real thing; nothing as long as none is set. */
    static final class Fault {
        private volatile Optional<Runnable> happening = Optional.empty();
        private final AtomicLong begunNanos = new AtomicLong();

        void set(Runnable fault) {
            begunNanos.set(0);
            happening = Optional.of(fault);
        }

        void end() {
            happening = Optional.empty();
        }

        boolean isSet() {
            return happening.isPresent();
        }

        void happen() {
            happening.ifPresent(fault -> {
                begunNanos.compareAndSet(0, System.nanoTime());
                fault.run();
            });
        }

        /** How long ago it happened first. */
        Duration age() {
            return Duration.ofNanos(System.nanoTime() - begunNanos.get());
        }
    }

    static LoadedPipeline in(LoadedPipeline pipeline, Fault producer, Fault barriers, Fault sink) {
        List<Target> targets = new ArrayList<>();
        pipeline.targets().forEach(target -> targets.add(new FaultyTarget(target, sink::happen)));
        return new LoadedPipeline(
                pipeline.config(),
                new FaultySource(pipeline.source(), producer, barriers),
                targets,
                pipeline.settings());
    }

    @Override
    public List<String> collections() {
        return real.collections();
    }

    @Override
    public List<Finding> doctor() {
        return real.doctor();
    }

    @Override
    public SourcePlan plan() {
        return real.plan();
    }

    @Override
    public SourceReader reader() {
        return real.reader();
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        BarrierIssuer issuer = real.barriers(kafka, topics);
        return new BarrierIssuer() {
            @Override
            public void issue(Barrier barrier) {
                inBarriers.happen();
                issuer.issue(barrier);
            }

            @Override
            public String asks() {
                return "the faulty source";
            }

            @Override
            public void close() {
                issuer.close();
            }
        };
    }

    /** The fault takes the place of the stage, in its thread. */
    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return inProducer.isSet() ? new Faulty(inProducer, new CountDownLatch(1)) : real.stage(kafka, topics, options);
    }

    private record Faulty(Fault fault, CountDownLatch closed) implements Stage {
        @Override
        public String name() {
            return "producer";
        }

        @Override
        public void run() {
            fault.happen();
        }

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public boolean isPaused() {
            return false;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
