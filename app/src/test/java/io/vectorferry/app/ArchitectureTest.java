package io.vectorferry.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vectorferry.producer.spi.SourceFactory;
import io.vectorferry.sink.spi.TargetFactory;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Module rules: who may depend on whom, where drivers may be used, and how large a package may be. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final int FEWEST_CLASSES = 150;

    /** Top-level types; docs/decisions/house.md gives the reason. */
    private static final int MOST_TYPES = 15;

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
        for (String part : new String[] {
            "contracts",
            "stores",
            "producer",
            "rules",
            "stream",
            "sink",
            "sink.postgres",
            "sink.connect.lancedb",
            "sink.connect.milvus",
            "control",
            "verify",
            "app",
            "deploy"
        }) {
            assertThat(classes).anyMatch(c -> c.getPackageName().startsWith("io.vectorferry." + part));
        }
    }

    @Test
    void noStageDependsOnAnotherStage() {
        forbid(
                "contracts",
                "stores",
                "producer",
                "rules",
                "stream",
                "sink",
                "control",
                "verify",
                "app",
                "deploy",
                "demo");
        forbid("stores", "producer", "rules", "stream", "sink", "control", "verify", "app", "deploy", "demo");
        forbid("producer", "rules", "stream", "sink", "control", "verify", "app", "deploy", "demo");
        forbid("rules", "stores", "producer", "stream", "sink", "control", "verify", "app", "deploy", "demo");
        forbid("stream", "stores", "producer", "sink", "control", "verify", "app", "deploy", "demo");
        forbid("sink", "producer", "rules", "stream", "control", "verify", "app", "deploy", "demo");
        forbid("control", "stores", "producer", "rules", "stream", "sink", "verify", "app", "deploy", "demo");
        forbid("verify", "stores", "stream", "app", "deploy", "demo");
        forbid(
                "deploy",
                "contracts",
                "stores",
                "producer",
                "rules",
                "stream",
                "sink",
                "control",
                "verify",
                "app",
                "demo");
    }

    /** Every other module knows sources and targets by their contract alone. */
    @Test
    void noModuleKnowsAStoreButItsOwn() {
        Set<String> stores = classes.stream()
                .filter(c -> !c.isInterface())
                .filter(c -> c.isAssignableTo(SourceFactory.class) || c.isAssignableTo(TargetFactory.class))
                .map(c -> c.getPackageName().substring("io.vectorferry.".length()))
                .collect(Collectors.toSet());
        assertThat(stores).contains("producer.postgres", "sink.lancedb");
        for (String store : stores) {
            String own = "io.vectorferry." + store + "..";
            String connector = "io.vectorferry.sink.connect" + store.substring(store.indexOf('.')) + "..";
            noClasses()
                    .that()
                    .resideOutsideOfPackages(own, connector)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(own)
                    .check(classes);
        }
    }

    @Test
    void rulesArePure() {
        noClasses()
                .that()
                .resideInAPackage("io.vectorferry.rules..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.kafka.clients..", "org.apache.kafka.streams..", "java.sql..", "java.net..")
                .check(classes);
    }

    @Test
    void driversStayInTheirOwnPackages() {
        only(
                new String[] {
                    "io.vectorferry.producer.postgres..",
                    "io.vectorferry.stores.postgres..",
                    "io.vectorferry.sink.postgres.."
                },
                "org.postgresql..",
                "com.pgvector..");
        only(new String[] {"io.vectorferry.producer.postgres.."}, "io.debezium..");
        only(new String[] {"io.vectorferry.producer.chroma.."}, "org.sqlite..");
        only(new String[] {"io.vectorferry.producer.mongo.."}, "com.mongodb..", "org.bson..");
        only(
                new String[] {
                    "io.vectorferry.sink.lancedb..",
                    "io.vectorferry.stores.lancedb..",
                    "io.vectorferry.producer.lancedb.."
                },
                "org.lance..",
                "org.apache.arrow..");
        only(
                new String[] {
                    "io.vectorferry.sink.milvus..", "io.vectorferry.stores.milvus..", "io.vectorferry.producer.milvus.."
                },
                "io.milvus..");
        only(new String[] {"io.vectorferry.stream.."}, "org.apache.kafka.streams..");
        only(
                new String[] {"io.vectorferry.sink.connect..", "io.vectorferry.producer.postgres.."},
                "org.apache.kafka.connect..");
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
    void packagesAreSmall() {
        Map<String, Long> sizes = classes.stream()
                .filter(c -> c.isTopLevelClass() && !c.getPackageName().startsWith("io.vectorferry.contracts.wire"))
                .filter(c -> !c.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
        sizes.values().removeIf(size -> size <= MOST_TYPES);
        assertThat(sizes)
                .as("packages of more than %d top-level types", MOST_TYPES)
                .isEmpty();
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
                    .and()
                    .resideOutsideOfPackages("..contracttests..", "..connect.tests..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.vectorferry." + other + "..")
                    .allowEmptyShould(true)
                    .check(classes);
        }
    }

    private void only(String[] owners, String... drivers) {
        noClasses()
                .that()
                .resideOutsideOfPackages(owners)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(drivers)
                .check(classes);
    }
}
