"""Who must not get in, and what they are told: the table of threats, line by line."""

import json
import socket
import time
import uuid

import pytest

from skal.exceptions import StoreError
from skal.labeling.web import _server, serve
from tests.labeling.web.client import Client
from tests.labeling.web.standin import MemorySession

TOKEN = {"x-skal-token": "token-of-anna"}


@pytest.fixture
def session(client):
    client.session.__init__()
    client.session.invite("anna")
    return client.session


@pytest.fixture(scope="module")
def client():
    session = MemorySession()
    with serve(session, who=["anna"], port=0) as server:
        client = Client(server)
        client.session = session
        yield client


def answer(**changes):
    plain = {"request": str(uuid.uuid4()), "item": 0, "action": "label", "label": "class:0"}
    return {**plain, **changes}


# ---------------------------------------------------------------- who asks


def test_a_message_with_the_token_of_a_person_is_recorded_as_theirs(client, session):
    said = client.post("/api/answer", body=answer(), headers=TOKEN)
    assert said.status == 200
    assert session.current() == {(0, "anna"): ("label", "class:0")}


@pytest.mark.parametrize("headers", [{}, {"x-skal-token": "token-of-ann"}, {"x-skal-token": ""}])
@pytest.mark.parametrize("path", ["state", "next", "answer", "item/0/image"])
def test_without_a_token_nothing_is_said(client, session, headers, path):
    get = path.endswith("image")
    said = client.get(f"/api/{path}") if get else client.post(f"/api/{path}", body=answer())
    assert said.status == 403 and not session.events


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # a name that was bound to this address a moment ago
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:8000.evil.example"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ],
)
def test_another_page_cannot_ask_even_with_the_token(client, session, headers):
    said = client.post("/api/answer", body=answer(), headers={**TOKEN, **headers})
    assert said.status == 403 and not session.events
    assert client.get("/", headers=headers).status == 403


def test_a_link_in_a_mail_opens_the_empty_page(client):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers={**link, "sec-fetch-dest": "document"}).status == 200


def test_only_a_post_of_json_changes_anything(client, session):
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert client.request(method, "/api/answer", headers=TOKEN).status == 405
    kinds = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    for kind in kinds:  # what a form of a foreign page can send without asking first
        said = client.post("/api/answer", answer(), TOKEN, kind)
        assert said.status == 415
    assert not session.events


def test_no_answer_invites_other_pages_in(client):
    for said in (client.get("/"), client.post("/api/state", body={}, headers=TOKEN)):
        assert not [name for name in said.headers if name.startswith("access-control")]
        assert "set-cookie" not in said.headers and "server" not in said.headers
        policy = said.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["cross-origin-opener-policy"] == "same-origin"
        assert said.headers["cross-origin-resource-policy"] == "same-origin"
        assert said.headers["cache-control"] == "no-store"


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize("body", ["[]", "1", "{", "", "[" * 60_000, '{"item": NaN}'])
def test_what_is_no_message_is_refused(client, body, session):
    assert client.post("/api/answer", body.encode(), TOKEN).status == 400
    assert not session.events


@pytest.mark.parametrize(
    "changes",
    [
        {"item": "0"},
        {"item": True},
        {"item": -1},
        {"item": 400},
        {"action": "undo"},
        {"action": "__class__"},
        {"label": "cat"},  # a name; classes go by id
        {"label": None},
        {"label": ["class:0"]},
        {"request": None},
        {"request": "x" * 65},
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(client, session, changes):
    said = client.post("/api/answer", body=answer(**changes), headers=TOKEN)
    assert said.status == 400 and "must be" in json.loads(said.content)["error"]
    assert not session.events


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb", "a\0b", 5, None])
def test_a_class_needs_a_name_of_one_line(client, session, name):
    assert client.post("/api/class", body={"name": name}, headers=TOKEN).status == 400
    assert len(session.classes) == 2


def test_a_large_body_is_refused_before_it_is_read(client):
    head = {**TOKEN, "content-type": "application/json", "content-length": "70000"}
    assert client.request("POST", "/api/answer", head).status == 413
    parts = iter([b'{"a": "', b"x" * 66_000])  # without a length
    del head["content-length"]
    assert client.request("POST", "/api/answer", head, parts).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2f..%2f_desk.py",
        "/assets/%2e%2e/_desk.py",
        "/assets/..%5c_desk.py",
        "/assets/main.js%00.css",
        "/..%2f..%2fsetup.cfg",
        "/api/item/..%2f..%2fetc%2fpasswd/image",
        "/api/item/-1/image",
        "/api/item/400/image",
        "/api/item/99999999999999999999/image",
        "/assets/",
        "/static/main.js",
    ],
)
def test_no_path_of_a_request_reaches_a_file(client, path):
    assert client.get(path, headers=TOKEN).status == 404


def test_what_a_decoder_refuses_is_said_and_not_shown(client, session):
    session.broken = {14}
    said = client.get("/api/item/14/image", headers=TOKEN)
    assert said.status == 422 and "cannot be shown" in json.loads(said.content)["error"]


def test_no_kind_of_picture_that_can_hold_a_script_is_sent(client, session):
    session.image = lambda item, longest: (b"<svg onload='x'/>", "image/svg+xml")
    said = client.get("/api/item/0/image", headers=TOKEN)
    assert said.status == 422 and b"svg" not in said.content


@pytest.mark.parametrize(("asked", "given"), [("1", 64), ("640", 640), ("99999", 4096)])
def test_the_size_of_a_picture_is_bounded(client, session, asked, given):
    sizes = []
    session.image = lambda item, longest: sizes.append(longest) or (b"", "image/png")
    client.get(f"/api/item/0/image?size={asked}", headers=TOKEN)
    assert sizes == [given]
    assert client.get("/api/item/0/image?size=-5", headers=TOKEN).status == 400


def test_an_answer_that_is_sent_twice_is_one(client, session):
    body = answer()
    first, second = (client.post("/api/answer", body=body, headers=TOKEN) for _ in range(2))
    assert first.content == second.content and len(session.events) == 1


def test_what_the_disk_refuses_is_not_acknowledged_and_may_be_sent_again(client, session):
    body = answer()
    session.fails = StoreError("pets.skal cannot be written: the disk is full; make room.")
    said = client.post("/api/answer", body=body, headers=TOKEN)
    assert said.status == 503 and "disk is full" in json.loads(said.content)["error"]
    session.fails = None
    assert client.post("/api/answer", body=body, headers=TOKEN).status == 200


# ---------------------------------------------------------------- a real server


@pytest.fixture
def served(session, monkeypatch):
    monkeypatch.setattr(_server, "SLOWEST", 0.4)
    with serve(session, who=["anna"], port=0) as server:
        client = Client(server)
        yield client.host, client.port


def read_all(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_the_link_names_loopback_and_hides_the_token_from_the_server(session):
    with serve(session, who=["Ann & Co"], port=0) as server:
        link = server.links["Ann & Co"]
    address, _, fragment = link.partition("#")
    assert address.startswith("http://127.0.0.1:") and "token" not in address
    assert fragment == "t=token-1&who=Ann%20%26%20Co"


def test_a_page_answers_its_own_names_only(client):
    port = client.port
    for name, status in ((f"localhost:{port}", 200), (f"[::1]:{port}", 200), ("evil:1", 403)):
        assert client.get("/", {"host": name}).status == status


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: ",
        b"POST /api/state HTTP/1.1\r\nHost: %s\r\nX-Skal-Token: token-of-anna\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_slow_client_is_left(served, start):
    with socket.create_connection(served, timeout=5) as connection:
        began = time.perf_counter()
        connection.sendall(start.replace(b"%s", f"127.0.0.1:{served[1]}".encode()))
        try:
            said = read_all(connection)
        except ConnectionResetError:
            said = b""
        assert time.perf_counter() - began < 3
        assert said in (b"",) or said.startswith(b"HTTP/1.1 408")


def test_a_drop_every_moment_does_not_keep_a_connection(served):
    with socket.create_connection(served, timeout=5) as connection:
        began = time.perf_counter()
        with pytest.raises(OSError):
            while time.perf_counter() - began < 4:
                connection.sendall(b"X")
                time.sleep(0.05)
        assert time.perf_counter() - began < 3


def test_an_endless_head_is_refused(served):
    with socket.create_connection(served, timeout=5) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000)
            said = read_all(connection)
        except (ConnectionResetError, BrokenPipeError):
            said = b""
        assert said == b"" or said.startswith(b"HTTP/1.1 4")


def test_the_headers_that_the_guard_reads_may_come_once_only(served):
    host, port = served
    head = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n"
    with socket.create_connection(served, timeout=5) as connection:
        connection.sendall(f"{head}Origin: http://evil.example\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_a_store_keeps_its_port_while_it_is_free(session):
    with serve(session, who=["anna"]) as server:
        first = server.links["anna"]
        with serve(session, who=["anna"]) as other:
            assert other.links["anna"] != first
    with serve(session, who=["anna"]) as server:
        assert server.links["anna"] == first


def test_a_port_that_is_taken_is_refused_by_name(session, served):
    with pytest.raises(OSError, match="`port` must be free"):
        serve(session, port=served[1])


def test_a_page_for_the_network_answers_addresses_and_named_hosts_only():
    hosts = _server._hosts("0.0.0.0", 80, ["label.example.org"])
    assert "192.168.1.7:80" in hosts and "[fe80::1]:80" in hosts and "label.example.org" in hosts
    assert "192.168.1.7:81" not in hosts and "evil.example:80" not in hosts and "" not in hosts
