"""Requests and replies as bytes, and descriptors over a socket (unix(7), SCM_RIGHTS).

A message is a JSON object with a `body`. If the body is a dictionary its values may be bytes, which follow the JSON instead of
being part of it, so that a command's output of some MiB is copied but not encoded:

    length of the JSON (4 bytes, big endian) | JSON: {"body": …, "bytes": {NAME: SIZE, …}, …} | bytes | bytes | …

Short messages go over a socket as they are, long ones in a memory file whose descriptor is sent.
"""

from __future__ import annotations

import array
import os
import socket

from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

INLINE_BYTES = 32 << 10
"""A longer message is written to a memory file, because a packet of a unix socket must fit into its send buffer."""
_MOST_DESCRIPTORS = 8
_DESCRIPTOR_BYTES = array.array("i").itemsize
_INLINE, _IN_FILE = b"i", b"f"


def pack(message: dict[str, Any]) -> bytes:
    """Return a message as bytes."""
    body = message.get("body")
    blobs = {name: value for name, value in body.items() if isinstance(value, bytes)} if isinstance(body, dict) else {}
    if blobs and isinstance(body, dict):
        sizes = {name: len(value) for name, value in blobs.items()}
        message = {**message, "body": {name: body[name] for name in body if name not in blobs}, "bytes": sizes}
    text = format_json(message).encode("utf-8", "surrogatepass")
    return b"".join((len(text).to_bytes(4, "big"), text, *blobs.values()))


def unpack(data: bytes) -> dict[str, Any]:
    """Return the message that `pack` has encoded. Raises Corrupt."""
    place = 4 + int.from_bytes(data[:4], "big")
    message: dict[str, Any] = parse_json(data[4:place].decode("utf-8", "surrogatepass"), subject="message")
    for name, size in message.pop("bytes", {}).items():
        message["body"][name] = data[place : place + size]
        place += size
    if place != len(data):
        raise Corrupt(f"a message of {place} bytes has {len(data)}", subject="message")
    return message


def send_message(
    channel: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = (), flags: int = 0
) -> None:
    """Send a message, and descriptors with it, as one packet. Raises OSError when the other side has closed."""
    data = pack(message)
    if len(data) <= INLINE_BYTES:
        send_packet(channel, _INLINE + data, descriptors, flags)
        return
    file = os.memfd_create("message", os.MFD_CLOEXEC)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        send_packet(channel, _IN_FILE, [*descriptors, file], flags)
    finally:
        os.close(file)


def receive_message(channel: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return the next message and its descriptors, which the caller must close; None when the other side has closed.

    Raises Corrupt, and OSError.
    """
    data, descriptors = receive_packet(channel)
    if not data:
        return None, descriptors
    if data[:1] == _INLINE:
        return unpack(data[1:]), descriptors
    if data[:1] != _IN_FILE or not descriptors:
        raise Corrupt("neither a message nor a file with one", subject="message")
    file = descriptors.pop()
    try:
        return unpack(_read_whole(file)), descriptors
    finally:
        os.close(file)


def _read_whole(file: int) -> bytes:
    parts, place, size = [], 0, os.fstat(file).st_size
    while place < size:
        parts.append(os.pread(file, size - place, place))
        place += len(parts[-1])
    return b"".join(parts)


def send_packet(channel: socket.socket, data: bytes, descriptors: Sequence[int] = (), flags: int = 0) -> None:
    """Send a packet with descriptors. Raises OSError."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    channel.sendmsg([data], rights, flags)


def receive_packet(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Return a packet and its descriptors, which the caller must close; no bytes when the other side has closed, or was killed
    before it had read what was sent to it.
    """
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * _DESCRIPTOR_BYTES)
    try:
        data, ancillary, _, _ = channel.recvmsg(INLINE_BYTES + 1, room, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return b"", []
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % _DESCRIPTOR_BYTES])
    return data, list(descriptors)


def close_all(descriptors: Sequence[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)
