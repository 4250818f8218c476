"""WebSocket frames of a client."""

from __future__ import annotations

from cri_server.streaming.websocket_frames import WebSocket
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for size in (len(data), 3):
        socket = WebSocket(message_bytes=1 << 16)
        for start in range(0, len(data), size or 1):
            socket.receive(data[start : start + size])
            socket.output()


def _frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    mask = b"\x01\x02\x03\x04"
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    body = bytes(byte ^ mask[number % 4] for number, byte in enumerate(payload))
    return bytes([(0x80 if fin else 0) | opcode]) + length + mask + body


TARGET = Target(
    run=run,
    seeds=(
        _frame(2, b"\0hello"), _frame(1, "é".encode()), _frame(9, b"ping"), _frame(10, b""), _frame(8, b"\x03\xe8bye"),
        _frame(2, b"a" * 300, fin=False) + _frame(9, b"x") + _frame(0, b"b"), _frame(1, b"\xff"),
    ),
    words=(b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", b"\x82\xfe\xff\xff", b"\x88\x80", b"\x00\x80", b"\xc2", b"\x03\xed", b"\x83", b"\x8f"),
)  # fmt: skip
