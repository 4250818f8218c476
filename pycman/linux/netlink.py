"""The part of rtnetlink that an engine needs: requests, attributes, answers (netlink(7), rtnetlink(7)).

pyroute2 has all of it, but takes 200 ms to import; a request takes 1 ms. So commands as frequent as `run` use this file.
"""

from __future__ import annotations

import _socket  # not `socket`, whose enums cost 5 to 10 ms
import errno
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

AF_NETLINK = 16
NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_DUMP = 0x300
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_CAPPED = 0x100
_NLM_F_ACK_TLVS = 0x200
_SOL_NETLINK = 270
_NETLINK_EXT_ACK = 11
_NETLINK_CAP_ACK = 10
_NLA_F_NESTED = 0x8000
_NLA_TYPE_MASK = 0x3FFF
_NLMSGERR_ATTR_MSG = 1
_BUFFER_BYTES = 1 << 18


class Netlink:
    """A netlink socket of the network namespace in which the process was when it opened the socket."""

    def __init__(self, protocol: int = 0) -> None:
        """`protocol` is NETLINK_ROUTE unless said otherwise (netlink(7)). Raises OSError."""
        self._socket = _socket.socket(AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, protocol)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
        self._socket.bind((0, 0))
        self._sequence = 0

    def change(self, kind: int, body: bytes, flags: int = 0) -> None:
        """Send a request and wait for its acknowledgement. Raises OSError, with the kernel's extended message if there is one."""
        self._send(kind, body, NLM_F_ACK | flags)
        for _kind, _body in self._answers():
            pass

    def ask(self, kind: int, body: bytes, flags: int = 0) -> list[tuple[int, bytes]]:
        """Send a request (with NLM_F_DUMP: for all objects) and return the answers as (message type, payload). Raises OSError."""
        self._send(kind, body, flags if flags & NLM_F_DUMP else NLM_F_ACK | flags)
        return list(self._answers())

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _send(self, kind: int, body: bytes, flags: int) -> None:
        self._sequence += 1
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags, self._sequence, 0) + body)

    def _answers(self) -> Iterator[tuple[int, bytes]]:
        while True:
            data = self._socket.recv(_BUFFER_BYTES)
            at = 0
            while at + 16 <= len(data):
                length, kind, flags, sequence, _port = struct.unpack_from("=IHHII", data, at)
                payload = data[at + 16 : at + length]
                at += (length + 3) & ~3
                if sequence != self._sequence:
                    continue  # answer to an earlier request whose caller stopped reading
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    _raise_for(payload, flags)
                    return
                yield kind, payload


def _raise_for(payload: bytes, flags: int) -> None:
    number = -struct.unpack_from("=i", payload)[0]
    if not number:
        return
    message = b""
    if flags & _NLM_F_ACK_TLVS and flags & _NLM_F_CAPPED:
        message = attributes(payload[20:]).get(_NLMSGERR_ATTR_MSG, b"").rstrip(b"\0")
    raise OSError(number, message.decode("utf-8", "replace") or os.strerror(number))


def attribute(kind: int, data: bytes) -> bytes:
    """Return one attribute, padded to a multiple of four bytes."""
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) & 3)


def nested(kind: int, *inner: bytes) -> bytes:
    """Return an attribute that contains other attributes."""
    return attribute(kind | _NLA_F_NESTED, b"".join(inner))


def text(kind: int, value: str) -> bytes:
    """Return an attribute with a string, zero-terminated."""
    return attribute(kind, value.encode() + b"\0")


def number(kind: int, value: int) -> bytes:
    """Return an attribute with a 32-bit number."""
    return attribute(kind, struct.pack("=I", value))


def attributes(data: bytes) -> dict[int, bytes]:
    """Return the attributes of a payload by type; of several with one type, the last."""
    values = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        values[kind & _NLA_TYPE_MASK] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return values


def is_missing(error: OSError) -> bool:
    """Say whether an error means that the object does not exist (any more)."""
    return error.errno in (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL)
