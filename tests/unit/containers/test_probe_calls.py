from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.containers.hooks.probe_calls import call_http, call_tcp, health_request, health_status
from pycman.spec.probe import Handler


class Answers(http.server.BaseHTTPRequestHandler):
    """/STATUS is answered with that status; /to/WHERE leads to WHERE, /round to itself; what was asked is kept."""

    asked: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        parts = self.path.partition("?")[0].strip("/").split("/", 1)
        if parts[0] in ("to", "round"):
            self.send_response(302)
            self.send_header(
                "Location", "/round" if parts[0] == "round" else parts[1].replace("PORT", str(self.server.server_port))
            )
        else:
            self.send_response(int(parts[0]) if parts[0].isdigit() else 404)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def server():
    Answers.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def get(port: int, path: str = "/200", timeout_s: float = 5, host: str = "127.0.0.1", **fields) -> str:
    handler = Handler(kind="http", port=port, path=path, **fields)
    return call_http(handler, host, time.monotonic() + timeout_s)


@pytest.mark.parametrize("status", [200, 204, 302, 304, 399])
def test_statuses_up_to_399_are_good(server, status: int) -> None:
    assert get(server.server_port, f"/{status}") == ""


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_other_statuses_fail_and_are_reported(server, status: int) -> None:
    assert get(server.server_port, f"/{status}") == f"the response has status {status}"


def test_redirects_are_followed_on_the_same_host_only(server) -> None:
    port = server.server_port
    assert get(port, "/to//500") == "the response has status 500"
    assert get(port, "/to/http://127.0.0.1:PORT/500") == "the response has status 500"
    assert get(port, "/to/http://elsewhere.example/500") == ""
    assert get(port, "/to//to//200") == ""
    assert get(port, "/round") == "more than 10 redirects"


def test_headers_of_the_user_replace_ours(server) -> None:
    get(server.server_port, headers=(("host", "here.example"), ("X-One", "1"), ("X-One", "2"), ("Accept", "")))
    get(server.server_port)
    (_, given_headers), (_, own) = Answers.asked
    assert given_headers["host"] == "here.example"
    assert "accept" not in given_headers
    assert own["host"] == f"127.0.0.1:{server.server_port}"
    assert own["user-agent"].startswith("kube-probe/")


def test_line_breaks_in_paths_and_headers_cannot_add_headers(server) -> None:
    get(server.server_port, "/200?a b\r\nX-Evil: 1#part", headers=(("X-Note", "a\r\nX-Evil: 2"),))
    ((path, headers),) = Answers.asked
    assert path == "/200?a%20b%0D%0AX-Evil:%201"
    assert "x-evil" not in headers


def test_a_server_that_sends_nothing_fails_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        get(silent.getsockname()[1], timeout_s=0.2)


def test_a_response_that_is_not_http_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            call, _ = listener.accept()
            with call:
                call.recv(4096)
                call.sendall(b"220 mail\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert get(listener.getsockname()[1]) == "the response is not HTTP"
        thread.join()


def test_a_closed_port_is_refused_and_an_open_one_good(server) -> None:
    assert call_tcp(Handler(kind="tcp", port=server.server_port), "127.0.0.1", time.monotonic() + 60) == ""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        call_tcp(Handler(kind="tcp", port=port), "127.0.0.1", time.monotonic() + 60)


def test_every_address_of_a_name_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # not at ::1, which localhost is too
        handler = Handler(kind="tcp", port=listener.getsockname()[1])
        assert call_tcp(handler, "localhost", time.monotonic() + 60) == ""


def test_ipv6_addresses_work() -> None:
    class Six(http.server.HTTPServer):
        address_family = socket.AF_INET6

    Answers.asked = []
    with Six(("::1", 0), Answers) as running:
        thread = threading.Thread(target=running.handle_request)
        thread.start()
        assert get(running.server_port, host="::1") == ""
        thread.join()
        assert Answers.asked[0][1]["host"] == f"[::1]:{running.server_port}"


def test_https_certificates_are_not_verified(server, tmp_path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nobody", "-days", "1",
         "-keyout", "key.pem", "-out", "certificate.pem"],
        check=True, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    assert get(server.server_port, scheme="https") == ""
    assert get(server.server_port, "/503", scheme="https") == "the response has status 503"


@given(st.text(max_size=300))
def test_a_health_request_is_one_field(service: str) -> None:
    data = health_request(service)
    if not service:
        assert data == b""
        return
    assert data[0] == 0x0A
    size, shift, at = 0, 0, 1
    while True:
        size |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            break
    assert data[at:].decode() == service
    assert size == len(data) - at


def test_a_health_response_without_a_field_is_unknown() -> None:
    assert [health_status(data) for data in (b"", b"\x08\x01", b"\x08\x02")] == [0, 1, 2]
