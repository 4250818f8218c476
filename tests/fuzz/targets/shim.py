"""What a shim says: frames of ttrpc with messages in protobuf, and what its program prints."""

from __future__ import annotations

from pycman.errors import PycmanError
from pycman.runtime.shim.messages import ANSWERS, TABLE
from pycman.runtime.shim.protobuf import decode, encode
from pycman.runtime.shim.start_shim import parse_start
from pycman.runtime.shim.task_client import refusal
from pycman.runtime.shim.ttrpc import REQUEST, RESPONSE, Client, Server, frame
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for read in (lambda: parse_start("shim", data), lambda: Server().feed(data)):
        try:
            read()
        except PycmanError:
            continue
    client = Client()
    client.request("s", "m", b"", {})
    for reply in client.feed(data):
        str(refusal("shim", reply.message, reply.code))
        for message in set(ANSWERS.values()):
            decode(TABLE, message, reply.payload)


_STATE = encode(TABLE, "StateResponse", {"id": "c", "pid": 42, "status": 2, "exited_at": {"seconds": 5}})
TARGET = Target(
    run=run,
    seeds=(
        frame(1, RESPONSE, encode(TABLE, "Response", {"payload": _STATE})),
        frame(1, RESPONSE, encode(TABLE, "Response", {"status": {"code": 5, "message": "task c: not found"}})),
        frame(1, REQUEST, encode(TABLE, "Request", {"service": "s", "method": "Forward", "payload": b"x"})),
        b'{"version": 3, "address": "unix:///run/x", "protocol": "ttrpc"}', b"unix:///run/x",
    ),
    words=(b"\0\0\0\x10\0\0\0\1\2\0", b"\xff\xff\xff\xff", b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x0b", b"\x0d", b": not found"),
)  # fmt: skip
