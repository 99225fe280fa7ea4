# Sourced by ferry and mvnw: finds a JDK that is new enough, so that nobody types JAVA_HOME.
readonly NEEDED=21

# The major version of the JDK in $1, or 0: from its release file, since starting a JVM to ask costs much more.
version_of() {
    local version=0
    if [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
        version="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" | head -n 1)"
    fi
    printf '%s' "${version:-0}"
}

home_of_path() {
    local javac link
    javac="$(command -v javac || true)"
    [ -n "$javac" ] || return 0
    while [ -L "$javac" ]; do
        link="$(readlink "$javac")"
        case "$link" in
            /*) javac="$link" ;;
            *) javac="$(dirname "$javac")/$link" ;;
        esac
    done
    (cd "$(dirname "$javac")/.." && pwd -P)
}

# JAVA_HOME, then PATH, when new enough; else the newest of the usual places.
find_jdk() {
    local candidate version best='' best_version=0
    for candidate in "${JAVA_HOME:-}" "$(home_of_path)"; do
        if [ -n "$candidate" ] && [ "$(version_of "$candidate")" -ge "$NEEDED" ]; then
            printf '%s' "$candidate"
            return
        fi
    done
    for candidate in /usr/{lib,lib64,local/lib}/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        version="$(version_of "$candidate")"
        if [ "$version" -gt "$best_version" ]; then
            best="$candidate"
            best_version="$version"
        fi
    done
    if [ "$best_version" -ge "$NEEDED" ]; then
        printf '%s' "$best"
    fi
}
