"""Tries to get out of the cage and reports what came of each try."""
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading

LIBC = ctypes.CDLL(None, use_errno=True)


def tell(**answer):
    print(json.dumps(answer), flush=True)


def attempt(what, action):
    try:
        action()
        outcome = "done"
    except (OSError, MemoryError) as refused:
        outcome = f"denied: {refused}"
    tell(type="progress", percent=1, step=f"{what}={outcome}")


def call(name, *arguments):
    if getattr(LIBC, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def write(path, size=1):
    with open(path, "wb") as file:
        for _ in range(max(1, size >> 24)):
            file.write(b"x" * min(size, 1 << 24))


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def threads():
    several = [threading.Thread(target=lambda: None) for _ in range(8)]
    for one in several:
        one.start()
    for one in several:
        one.join()


def connect(port):
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def sparse(path):
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open(path, "wb") as file:
        file.truncate(3 << 30)


tell(type="hello", version="4.5.0", pid=os.getpid())
for line in sys.stdin:
    request = json.loads(line)
    where = json.loads(request["job"])
    attempt("own folder", lambda: write(os.path.join(request["scratch"], "tmp", "file")))
    attempt("threads", threads)
    attempt("read shadow", lambda: read("/etc/shadow"))
    attempt("read secret", lambda: read(where["secret"]))
    attempt("read other job", lambda: read(where["other"]))
    attempt("read root home", lambda: os.listdir("/root"))
    attempt("write outside", lambda: write(where["outside"]))
    attempt("write tmp", lambda: write("/tmp/fitout-cage-test"))
    attempt("list server", lambda: os.listdir(f"/proc/{where['server']}/fd"))
    attempt("connect", lambda: connect(where["port"]))
    attempt("socket", lambda: socket.socket().close())
    attempt("fork", fork)
    attempt("subprocess", lambda: subprocess.run(["/bin/true"], check=True))
    attempt("ptrace", lambda: call("ptrace", 16, where["server"], 0, 0))
    attempt("mount", lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None))
    attempt("unshare", lambda: call("unshare", 0x10000000))
    attempt("kill server", lambda: os.kill(where["server"], 0))
    attempt("large file", lambda: sparse(os.path.join(request["scratch"], "large")))
    attempt("memory", lambda: bytearray(64 << 30))
    allowed = {"PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONHASHSEED"}
    extra = set(os.environ) - allowed
    tell(type="progress", percent=2, step="environment=" + ("clean" if not extra else f"holds {sorted(extra)}"))
    tell(type="done", files={}, bounding_box_mm=[1, 1, 1], run_ms=1)
