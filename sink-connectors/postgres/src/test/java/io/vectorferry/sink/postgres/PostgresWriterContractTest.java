package io.vectorferry.sink.postgres;

import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.spi.Target;

final class PostgresWriterContractTest implements TargetWriterContract, TextIdContract {
    private final Database database = Database.create();

    @Override
    public Target target() {
        return new PostgresTarget("pg", database.config("articles"));
    }
}
