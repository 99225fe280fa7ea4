package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.stores.postgres.session.UrlParameters;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class UrlParametersTest {

    @Test
    void theUsualOnesAreTakenByLibpqsNamesAndByTheDrivers() {
        UrlParameters parsed = UrlParameters.parse(
                "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&sslcert=a&sslkey=b&connect_timeout=3&application_name=a+b%20c&options=-c%20work_mem%3D4MB&target_session_attrs=read-write&keepalives=0&socketTimeout=9");

        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.driver())
                .isEqualTo(Map.of(
                        "sslmode", "verify-full",
                        "sslrootcert", "/etc/ca.pem",
                        "sslcert", "a",
                        "sslkey", "b",
                        "connectTimeout", "3",
                        "ApplicationName", "a+b c",
                        "options", "-c work_mem=4MB",
                        "targetServerType", "primary",
                        "tcpKeepAlive", "false",
                        "socketTimeout", "9"));
    }

    @Test
    void oneThatWouldNotReachTheServerIsRefusedByName() {
        assertThat(UrlParameters.parse("sslmod=require&password=hush&target_session_attrs=standby&sslcrl=x&flag")
                        .problems())
                .hasSize(5)
                .anySatisfy(problem -> assertThat(problem).contains("sslmod,").contains("sslmode"))
                .anySatisfy(problem -> assertThat(problem).contains("password").doesNotContain("hush"))
                .anySatisfy(problem -> assertThat(problem).contains("standby"))
                .anySatisfy(problem -> assertThat(problem).contains("sslcrl"));
    }

    @Test
    @Timeout(120)
    void theyReachOurSessionsAndTheCaptures() {
        try (SourceBench bench = new SourceBench()) {
            bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))");
            String url = bench.server.url("postgres") + "?application_name=ours&sslmode=disable&connect_timeout=7";
            try (SourceBench.Running running =
                    bench.start(bench.source(url, "{name: public.t, vector: embedding}"), false)) {
                bench.awaitSnapshotComplete();
                assertThat(bench.truth("SELECT count(*) > 1 FROM pg_stat_activity WHERE application_name = 'ours'"))
                        .isTrue();
                running.assertAlive();
            }
        }
    }
}
