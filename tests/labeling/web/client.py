"""A client that sends what it is told, byte by byte: others tidy paths and headers."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[3]


class Client:
    """Requests to a served page, each on a connection of its own."""

    def __init__(self, server):
        link = next(iter(server.links.values()))
        self.host, _, port = link.removeprefix("http://").partition("/")[0].rpartition(":")
        self.port = int(port)
        self.address = f"{self.host}:{port}"

    def request(self, method, path, headers=None, content=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request(method, path, content, headers or {})
            said = connection.getresponse()
            body = said.read()
            headers = {name.lower(): value for name, value in said.getheaders()}
            return SimpleNamespace(status=said.status, headers=headers, content=body)
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.request("GET", path, headers)

    def post(self, path, body, headers=None, kind="application/json"):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, {**(headers or {}), "content-type": kind}, content)


class Served:
    """The command in a process of its own."""

    def __init__(self, *words):
        command = [sys.executable, "-m", "skal", "label", *map(str, words), "--no-browser"]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
            # a shell's background job ignores Ctrl-C, and what it starts would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.said, self.links = "", {}
        for line in self.process.stdout:
            self.said += line
            if found := re.match(r" *(\S+): (http\S+)", line):
                self.links[found[1]] = found[2]
            if "Ctrl-C" in line:
                return
        raise RuntimeError(self.said)

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def ask(self, verb, who="anna", **body):
        token = self.links[who].partition("#t=")[2].partition("&")[0]
        return Client(self).post(f"/api/{verb}", body, {"x-skal-token": token})
