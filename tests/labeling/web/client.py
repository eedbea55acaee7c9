"""A client that sends what it is told, byte by byte: others tidy paths and headers."""

import http.client
import json
from types import SimpleNamespace


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
