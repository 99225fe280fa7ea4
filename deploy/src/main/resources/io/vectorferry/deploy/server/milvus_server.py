"""Runs the standalone Milvus of a PyPI wheel in a network namespace of its own, since it binds every address.

usage: milvus_server.py BIN DATA [KEY=VALUE ...]
A loopback port outside leads to the server inside. Standard input takes the words start, kill and, at its end, kills
the server and leaves, so that nothing outlives the caller. Every word is answered by one line.
"""
import ctypes, fcntl, os, signal, socket, struct, subprocess, sys, threading, time, urllib.request

CLONE_NEWUSER, CLONE_NEWNET, PR_SET_PDEATHSIG = 0x10000000, 0x40000000, 1
GRPC_PORT, HEALTH = 19530, "http://127.0.0.1:9091/healthz"
START_SECONDS, CONNECT_SECONDS, CHUNK = 120, 5, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def own_network():
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(flags) != 0:
        sys.exit("refused: no network namespace may be made here: " + os.strerror(ctypes.get_errno()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))  # SIOCSIFFLAGS: UP, RUNNING


def pump(source, sink):
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def forward(listening):
    while True:
        client, _ = listening.accept()
        try:
            server = socket.create_connection(("127.0.0.1", GRPC_PORT), CONNECT_SECONDS)
            server.settimeout(None)
        except OSError:
            client.close()
            continue
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=pump, args=(one, other), daemon=True).start()


def configure(data, settings):
    from milvus import MilvusServerConfig
    config = MilvusServerConfig(data_dir=data)
    for setting in settings:
        key, value = setting.split("=", 1)
        config.set(key, value)
    config.resolve()


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(bin_dir, data):
    environment = dict(os.environ, LD_LIBRARY_PATH=bin_dir, DEPLOY_MODE="STANDALONE", METRICS_PORT="9091",
                       MILVUS_RUN_DIR=os.path.join(data, "run"))
    with open(os.path.join(data, "server.log"), "ab") as log:
        server = subprocess.Popen([os.path.join(bin_dir, "milvus"), "run", "standalone"], cwd=data, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(HEALTH, timeout=5) as response:
                if b"OK" in response.read():
                    return server
        except OSError:
            pass
        time.sleep(0.05)
    server.kill()
    server.wait()
    return None


def main():
    bin_dir, data, settings = sys.argv[1], sys.argv[2], sys.argv[3:]
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    own_network()
    if not os.path.exists(os.path.join(data, "configs", "milvus.yaml")):
        configure(data, settings)
    threading.Thread(target=forward, args=(listening,), daemon=True).start()
    print("port", listening.getsockname()[1], flush=True)
    server = None
    for word in sys.stdin:
        if server is not None:
            server.kill()
            server.wait()
            server = None
        if word.strip() == "start":
            server = start(bin_dir, data)
            print("started" if server else "not started: see " + os.path.join(data, "server.log"), flush=True)
        else:
            print("killed", flush=True)
    if server is not None:
        server.kill()
        server.wait()


main()
