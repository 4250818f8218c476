"""Targets, queries and filters of requests; logins in headers; kinds of errors as statuses."""

from __future__ import annotations

import base64
import json

import pytest

from api_server.errors import HttpError, message_of, status_of
from api_server.http.request import Request, parse_filters, parse_target
from api_server.listener import Address, default_address, parse_address, passed_listener
from api_server.streams.frames import frame
from api_server.verbs.names import named
from api_server.verbs.registry_auth import auth_document, credentials_of
from api_server.verbs.transfer import not_pulled
from cli.output.podman_words import podman_message
from pycman.errors import (
    CommandNotExecutable,
    CommandNotFound,
    Denied,
    InUse,
    InvalidInput,
    NotFound,
    NotRunning,
    PycmanError,
    Unsupported,
)


def test_a_target_is_decoded_once() -> None:
    path, query = parse_target("/containers/a%2520b/json?all=1&label=a%3Db&all=0&x")
    assert path == "/containers/a%20b/json"
    assert query == (("all", "1"), ("label", "a=b"), ("all", "0"), ("x", ""))
    assert parse_target("http://d/info?x=http://y")[0] == "/info"


@pytest.mark.parametrize("target", ["*", "info", "/a%00b"])
def test_what_is_no_path_is_refused(target: str) -> None:
    with pytest.raises(InvalidInput):
        parse_target(target)


def test_switches_and_numbers_are_read_as_docker_does() -> None:
    request = Request(
        method="GET", path="/", query=(("a", "1"), ("b", "False"), ("c", ""), ("d", "yes"), ("n", "7"), ("m", "x"))
    )
    assert [request.flag(name) for name in "abcde"] == [True, False, False, True, False]
    assert request.flag("e", default=True)
    assert request.number("n") == 7
    with pytest.raises(InvalidInput, match="m=x"):
        request.number("m")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ('{"label": ["a=b", "c"]}', [("label", "a=b"), ("label", "c")]),
        ('{"status": {"running": true, "exited": false}}', [("status", "running")]),
        ('{"dangling": [true]}', [("dangling", "true")]),
    ],
)
def test_filters_have_two_forms(text: str, wanted: list[tuple[str, str]]) -> None:
    assert parse_filters(text) == wanted


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1}', '{"a": [{}]}', "null"])
def test_wrong_filters_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_filters(text)


def test_logins_are_read_from_headers_in_both_alphabets() -> None:
    login = {"username": "u", "password": "p?>~"}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found = credentials_of(encode(json.dumps(login).encode()).decode().rstrip("="))
        assert found is not None
        assert (found.username, found.password) == ("u", "p?>~")
    assert credentials_of("e30=") is None
    assert credentials_of("") is None
    with pytest.raises(InvalidInput):
        credentials_of("???")
    config = base64.b64encode(json.dumps({"https://index.docker.io/v1/": login, "r:5000": {}}).encode()).decode()
    assert list(auth_document(config)["auths"]) == ["docker.io"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("no such container", subject="x"), 404),
        (CommandNotFound("not found", subject="x"), 400),
        (InUse("it is used"), 409),
        (NotRunning("no"), 409),
        (Denied("no"), 403),
        (Unsupported("no"), 501),
        (PycmanError("no"), 500),
        (ValueError("no"), 500),
        (HttpError(413, "too long"), 413),
    ],
)
def test_kinds_of_errors_have_statuses(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_messages_have_the_words_that_clients_look_for() -> None:
    missing = NotFound("no such container", subject="x", hint="pycman ps -a lists them")
    assert message_of(missing) == "No such container: x"
    unknown = not_pulled(
        "docker.io/library/x:1", NotFound("not found in the registry", subject="docker.io/library/x:1")
    )
    assert status_of(unknown) == 404
    assert "pull access denied for x:1, repository does not exist" in message_of(unknown)  # docker-py's ImageNotFound
    where = CommandNotExecutable("it cannot be entered: no such file or directory", subject="/x")
    assert message_of(where) == "/x: it cannot be entered: no such file or directory"
    assert "permission denied" in message_of(CommandNotExecutable("it is a directory", subject="/x"))
    assert "executable file not found" in message_of(CommandNotFound("it is not there", subject="x"))


def test_addresses() -> None:
    assert parse_address("unix:///a/b.sock") == Address(path="/a/b.sock")
    assert parse_address("unix:/a/b.sock").uri == "unix:///a/b.sock"
    assert parse_address("tcp://127.0.0.1:2375").uri == "tcp://127.0.0.1:2375"
    assert parse_address("tcp:127.0.0.1:1") == Address(host="127.0.0.1", port=1)
    assert parse_address("tcp://[::1]:1") == Address(host="::1", port=1)
    for wrong in ("b.sock", "tcp://x", "http://a:1", "tcp://a:99999", "unix:///" + "x" * 200):
        with pytest.raises(InvalidInput):
            parse_address(wrong)
    assert default_address("/run/user/7/pycman").path == "/run/user/7/pycman/docker.sock"
    assert passed_listener({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) is None


def test_an_address_without_a_known_scheme_is_told_as_podman_does() -> None:
    for text, scheme in (("localhost:9292", "localhost"), ("my.sock", "")):
        with pytest.raises(InvalidInput) as caught:
            parse_address(text)
        said = f'API Service endpoint scheme "{scheme}" is not supported. Try tcp://{text} or unix://{text}'
        assert podman_message(caught.value) == said


def test_names_are_docker_s() -> None:
    assert named("a") == "docker.io/library/a"
    assert named("a/b", "1") == "docker.io/a/b:1"
    assert named("localhost:5000/a", "sha256:00") == "localhost:5000/a@sha256:00"
    assert named("r.example/a:2", "1") == "r.example/a:2"


def test_a_frame_has_stream_and_length() -> None:
    assert frame(2, b"abc") == b"\x02\x00\x00\x00\x00\x00\x00\x03abc"


def test_numbers_and_values_that_are_too_many_are_refused() -> None:
    for text in ("9" * 30, "9" * 5000, "-" + "9" * 30):
        with pytest.raises(InvalidInput, match="n="):
            Request(method="GET", path="/", query=(("n", text),)).number("n")
    with pytest.raises(InvalidInput, match="more than 1000"):
        parse_target("/info?" + "a=b&" * 1001)
    assert len(parse_target("/info?" + "a=b&" * 999 + "c")[1]) == 1000
