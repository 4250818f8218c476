"""A file of events, a line of JSON for each (podman's "file" back end): written beside the database, rotated, read and followed.

`events_logger` and `events_logfile_path` of containers.conf name it. The database has all events whatever is set: `why` reads them there.
When the file has reached its limit, its second half goes into a new one, between two events "log-rotation" that say so.
"""

from __future__ import annotations

import os
import select
import time

from pycman.errors import Corrupt, PycmanError, from_os_error
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import locked
from pycman.record import Record
from pycman.state.events import Event, event_object
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROTATION = "log-rotation"
DEFAULT_LIMIT = 1_000_000
_MARK = "io.podman.event.rotate"
_POLL_S = 0.1


class EventFile(Record):
    """Where the file is, and the size in bytes at which it is rotated (0: never)."""

    path: str
    limit_bytes: int = DEFAULT_LIMIT


def append_to_file(file: EventFile, events: Sequence[Event]) -> None:
    """Append events; the file is rotated before if it is full. Raises Denied, NoSpace, Unavailable naming the file."""
    try:
        with locked(f"{file.path}.lock", subject=file.path):
            descriptor = os.open(file.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                if 0 < file.limit_bytes <= os.fstat(descriptor).st_size:
                    descriptor = _rotate(file.path, descriptor)
                os.write(descriptor, "".join(map(_line, events)).encode("utf-8", "surrogateescape"))
            finally:
                os.close(descriptor)
    except OSError as error:
        raise from_os_error(error, subject=file.path, doing="cannot write the log of events") from error


def read_file(file: EventFile, *, follow: bool = False, until_ns: int = 0) -> Iterator[Event]:
    """Yield the events of the file, oldest first; with `follow` also those to come, each once, until `until_ns` (0: for ever).

    A file that does not exist (yet) has no events. Lines that are no events are skipped.
    """
    waits = follow
    known, rest, skips = -1, b"", False
    try:
        while True:
            if known < 0:
                known = _open(file.path)
            piece = os.read(known, 1 << 20) if known >= 0 else b""
            *lines, rest = (rest + piece).split(b"\n")
            for event in filter(None, map(_event, lines)):
                mark = event.attributes.get(_MARK) if event.action == ROTATION else None
                skips = (skips or mark == "begin") and mark != "end"
                if not follow or (mark != "begin" and (waits or not skips)):
                    yield event
            if piece:
                continue
            if not waits and not follow:
                return
            waits = False  # from now on what stands between the marks of a rotation has been read before
            if until_ns and time.time_ns() >= until_ns:
                return
            if known >= 0 and not _is_at(file.path, known):
                os.close(known)
                known, rest = -1, b""
                continue
            select.select([], [], [], _POLL_S)
    finally:
        if known >= 0:
            os.close(known)


def _line(event: Event) -> str:
    return format_json(event_object(event)) + "\n"


def _event(line: bytes) -> Event | None:
    """Return the event of a line, None for what is none."""
    try:
        value = parse_json(line)
        return Event(
            id=0,
            time_ns=parse_time_ns(str(value["Time"])),
            type=str(value["Type"]),
            action=str(value["Status"]),
            actor_id=str(value.get("ID", "")),
            actor_name=str(value.get("Name", "")),
            image=str(value.get("Image", "")),
            attributes={str(key): str(item) for key, item in (value.get("Attributes") or {}).items()},
        )
    except (PycmanError, KeyError, TypeError, AttributeError, Corrupt):
        return None


def _open(path: str) -> int:
    """Return a descriptor of the file, -1 if it does not exist."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return -1
    except OSError as error:
        raise from_os_error(error, subject=path, doing="cannot read the log of events") from error


def _is_at(path: str, descriptor: int) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return True  # between two names: what was read is all there is
    return os.path.samestat(found, os.fstat(descriptor))


def _rotate(path: str, descriptor: int) -> int:
    """Put a file with the second half of the lines in place of the one that is open, close that, and return the new one."""
    size = os.fstat(descriptor).st_size
    half = os.pread(descriptor, size, size // 2).partition(b"\n")[2]
    new = f"{path}.{os.getpid()}"
    other = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        begin, end = (_line(_rotation(path, mark)).encode() for mark in ("begin", "end"))
        os.write(other, begin + half + end)
        os.rename(new, path)
    except BaseException:
        os.close(other)
        os.unlink(new)
        raise
    os.close(descriptor)
    return other


def _rotation(path: str, mark: str) -> Event:
    return Event(
        id=0,
        time_ns=time.time_ns(),
        type="system",
        action=ROTATION,
        actor_id="",
        actor_name=path,
        attributes={_MARK: mark},
    )
