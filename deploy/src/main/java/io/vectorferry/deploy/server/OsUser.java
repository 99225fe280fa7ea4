package io.vectorferry.deploy.server;

import java.util.ArrayList;
import java.util.List;

/** PostgreSQL refuses to run as a superuser: then its commands run as {@code nobody}. */
final class OsUser {
    private OsUser() {}

    static boolean isSuperuser() {
        return "root".equals(System.getProperty("user.name"));
    }

    static List<String> unprivileged(List<String> command) {
        if (!isSuperuser()) {
            return command;
        }
        List<String> prefixed = new ArrayList<>(
                List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "HOME=/tmp"));
        prefixed.addAll(command);
        return prefixed;
    }
}
