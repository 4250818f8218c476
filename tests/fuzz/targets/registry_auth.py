"""What registries send to say how to log in, and tokens."""

from __future__ import annotations

import contextlib

from pycman.errors import PycmanError
from pycman.registry.auth import Credentials, answer_challenge, parse_challenge, read_token
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    header = data.decode("latin-1")
    parse_challenge(header)
    with contextlib.suppress(PycmanError):
        answer_challenge(
            header,
            Credentials(username="u", password="p"),
            scope="repository:a:pull",
            registry_url="https://r.example",
            subject="s",
        )
    read_token(data, subject="s")


TARGET = Target(
    run=run,
    seeds=(
        b'Bearer realm="https://auth.example/token",service="r.example",scope="repository:a:pull,push"', b'Basic realm="x", Bearer realm=y, charset="UTF-8"', b"Negotiate abc==",
        b'{"token": "abc", "access_token": "d", "expires_in": 60}',
    ),
    words=(b"Bearer ", b"Basic ", b"realm=", b"service=", b"scope=", b'"', b'\\"', b"http://169.254.169.254/", b"https://", b"error=\"insufficient_scope\"", b"[::1]", b"@", b"\\", b", "),
    longest=4000,
)  # fmt: skip
