package io.vectorferry.sink.postgres;

import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.spi.Target;

final class PostgresSinkStageTest implements SinkStageContract {
    private final Database database = Database.create();

    @Override
    public Target target() {
        return new PostgresTarget("pg", database.config("${collection}"));
    }
}
