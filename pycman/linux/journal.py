"""systemd's journal: entries by its native protocol, and what `journalctl -o json` reads (systemd.journal-fields(7)).

journalctl is the reader, and no binding: it comes with the journal, finds rotated and compressed files itself, and follows them; python3-systemd
is a package of the distribution's own Python, which a virtual environment does not see.
"""

from __future__ import annotations

import _socket  # not `socket`, whose enums cost 5 ms
import os
import time

from pycman.contexts import suppress
from pycman.errors import Corrupt, Unavailable, from_os_error
from pycman.jsontext import parse_json
from pycman.linux.files import read_text
from pycman.linux.processes import find_program, how_to_install, reap, run, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_SOCKET = "/run/systemd/journal/socket"
_FOLDERS = ("/var/log/journal", "/run/log/journal")
_SYNC_TIMEOUT_S = 10.0
_SETTLES_S = 0.2
_PIECE = 65536


def can_read(uid: int) -> bool:
    """Say whether there is a journal here whose entries by the user `uid` this process can read."""
    if not os.path.exists(_SOCKET) or not find_program("journalctl"):
        return False
    machine = read_text("/etc/machine-id").strip()
    names = ("system", f"user-{uid}") if uid else ("system",)
    return any(os.access(f"{folder}/{machine}/{name}.journal", os.R_OK) for folder in _FOLDERS for name in names)


def encode_entry(fields: Mapping[str, str]) -> bytes:
    """Return an entry in the journal's native protocol: NAME=value, or for a value with newlines its length and bytes. Pure."""
    parts = []
    for name, text in fields.items():
        value = text.encode("utf-8", "surrogateescape")
        if b"\n" in value:
            parts.append(name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n")
        else:
            parts.append(name.encode() + b"=" + value + b"\n")
    return b"".join(parts)


def write_entries(entries: Sequence[Mapping[str, str]]) -> None:
    """Append entries. Raises Unavailable where there is no journal, or an entry is larger than a datagram."""
    try:
        sender = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        try:
            sender.connect(_SOCKET)
            for fields in entries:
                sender.sendall(encode_entry(fields))
        finally:
            sender.close()
    except OSError as error:
        raise from_os_error(error, subject=_SOCKET, doing="the journal takes no entry") from error


def wait_until_written() -> None:
    """Return when what was sent to the journal before can be read: root asks for it, others wait a moment."""
    if run([_journalctl(), "--sync"], timeout_s=_SYNC_TIMEOUT_S).status:
        time.sleep(_SETTLES_S)


def read_entries(arguments: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the entries that journalctl finds, as it prints them. Raises Unavailable if it cannot be started."""
    reader = Reader(arguments)
    try:
        while True:
            found = reader.wait()
            if found is None:
                return
            yield from found
    finally:
        reader.close()


class Reader:
    """A journalctl that runs, for example with --follow."""

    def __init__(self, arguments: Sequence[str]) -> None:
        """Start it. Raises Unavailable."""
        self._rest = b""
        self._read, write = os.pipe2(os.O_CLOEXEC)
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            argv = [_journalctl(), "--output=json", "--all", "--quiet", "--no-pager", *arguments]
            self._pid = spawn(argv, descriptors={0: null, 1: write, 2: null})
        except BaseException:
            os.close(self._read)
            raise
        finally:
            os.close(null)
            os.close(write)

    def wait(self) -> list[Mapping[str, Any]] | None:
        """Wait for entries and return them; None at the end."""
        os.set_blocking(self._read, True)
        return self._take()

    def ready(self) -> list[Mapping[str, Any]]:
        """Return the entries that are there."""
        os.set_blocking(self._read, False)
        entries: list[Mapping[str, Any]] = []
        with suppress(BlockingIOError):
            while (found := self._take()) is not None:
                entries += found
        return entries

    def close(self) -> None:
        """End it."""
        if self._pid:
            os.close(self._read)
            os.kill(self._pid, 9)  # not reaped yet, so the pid is still its own
            reap(self._pid)
            self._pid = 0

    def _take(self) -> list[Mapping[str, Any]] | None:
        piece = os.read(self._read, _PIECE)
        if not piece:
            return None
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [entry for entry in map(_entry, lines) if entry]


def _entry(line: bytes) -> Mapping[str, Any]:
    try:
        found = parse_json(line.decode("utf-8", "replace"))
    except Corrupt:
        return {}
    return found if isinstance(found, dict) else {}


def _journalctl() -> str:
    program = find_program("journalctl")
    if not program:
        raise Unavailable("no such program", subject="journalctl", hint=how_to_install("journalctl"))
    return program
