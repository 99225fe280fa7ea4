package io.vectorferry.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What docs/decisions and the table of modules forbid each module to know. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final int FEWEST_CLASSES = 150;

    private JavaClasses classes = new ClassFileImporter().importPackages("io.vectorferry.none");

    @BeforeAll
    void importEveryModule() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.vectorferry");
    }

    @Test
    void everyModuleWasImported() {
        assertThat(classes.size()).isGreaterThan(FEWEST_CLASSES);
        for (String part : new String[] {"contracts", "producer", "stream", "sink", "control", "app", "deploy"}) {
            assertThat(classes).anyMatch(c -> c.getPackageName().startsWith("io.vectorferry." + part));
        }
    }

    @Test
    void noStageKnowsAnotherStage() {
        forbid("contracts", "producer", "stream", "sink", "control", "app", "deploy", "demo");
        forbid("producer", "stream", "sink", "control", "app", "deploy", "demo");
        forbid("stream", "producer", "sink", "control", "app", "deploy", "demo");
        forbid("sink", "producer", "stream", "control", "app", "deploy", "demo");
        forbid("control", "producer", "stream", "app", "deploy", "demo");
        forbid("deploy", "contracts", "producer", "stream", "sink", "control", "app", "demo");
    }

    @Test
    void driversStayInTheirOwnPackage() {
        only("io.vectorferry.producer.postgres..", "io.debezium..", "org.postgresql..", "com.pgvector..");
        only("io.vectorferry.producer.chroma..", "org.sqlite..");
        only("io.vectorferry.producer.mongo..", "com.mongodb..", "org.bson..");
        only("io.vectorferry.sink.lancedb..", "org.lance..", "org.apache.arrow..");
        only("io.vectorferry.sink.milvus..", "io.milvus..");
        only("io.vectorferry.stream..", "org.apache.kafka.streams..");
    }

    @Test
    void modulesHaveNoCycle() {
        slices().matching("io.vectorferry.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void packagesHaveNoCycle() {
        slices().matching("io.vectorferry.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void noNameHidesWhatItIs() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.vectorferry.contracts.wire..")
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Common)$")
                .check(classes);
    }

    private void forbid(String module, String... others) {
        for (String other : others) {
            noClasses()
                    .that()
                    .resideInAPackage("io.vectorferry." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.vectorferry." + other + "..")
                    .check(classes);
        }
    }

    private void only(String owner, String... drivers) {
        noClasses()
                .that()
                .resideOutsideOfPackage(owner)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(drivers)
                .check(classes);
    }
}
