"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket in it."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")  # nobody cuts the power of a test


def programs():
    """Return the folder of the newest server that is installed, or None."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    found = shutil.which("postgres")
    folders += [Path(found).resolve().parent] if found else []
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def somebody():
    """Return whom the server may run as: it refuses root."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return None


def ends_with_us():
    """Ask Linux to stop the server when the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # 1: PR_SET_PDEATHSIG


@contextmanager
def server(*options):
    """Run a server and give its URL; None where none is installed."""
    folder, who = programs(), somebody()
    if folder is None or who is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="skal-pg-") as home:  # a socket's path must be short
        if who:
            os.chown(home, who["user"], who["group"])
        told = {"cwd": home, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **who}
        data = ["-D", f"{home}/data"]
        auth = ["-U", "skal", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run([folder / "initdb", *data, *auth], check=True, **told)
        socket = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={home}"]
        command = [folder / "postgres", *data, *socket, *options]
        runs = subprocess.Popen(command, preexec_fn=ends_with_us, **told)
        try:
            asks = [folder / "pg_isready", "-q", "-h", home, "-t", "10"]
            while subprocess.run(asks, **told).returncode and runs.poll() is None:
                pass
            yield f"postgresql://skal@/postgres?host={home}"
        finally:
            runs.terminate()
            try:
                runs.wait(10)
            except subprocess.TimeoutExpired:
                runs.kill()
                runs.wait()
