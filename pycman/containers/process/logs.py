"""`logs`: read and follow a container's log file.

2026-01-02T03:04:05.000000006Z stdout F text       k8s-file, as conmon writes it and CRI has it
                                      │
                                      F: the line ends here, P: the next record continues it
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.errors import NotFound, Unsupported
from pycman.record import Record
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from pycman.state.session import Session

_POLL_S = 0.05
_BLOCK = 1 << 16


class LogOptions(Record):
    """`tail` is the number of last lines (-1: all); `since` and `until` are times as `state.times` parses them."""

    follow: bool = False
    since: str = ""
    until: str = ""
    tail: int = -1


class LogLine(Record):
    """One record of the log: `text` ends in a newline unless the next record continues the line."""

    time: str
    stream: str
    text: bytes

    @property
    def ends(self) -> bool:
        """Say whether the line ends with this record."""
        return self.text.endswith(b"\n")


def parse_line(raw: bytes) -> LogLine | None:
    """Return one record of the file, None if it is malformed."""
    parts = raw.rstrip(b"\n").split(b" ", 3)
    if len(parts) < 4:
        return None
    end = b"\n" if parts[2] == b"F" else b""
    return LogLine(
        time=parts[0].decode("ascii", "replace"), stream=parts[1].decode("ascii", "replace"), text=parts[3] + end
    )


def read_logs(session: Session, name: str, options: LogOptions) -> Iterator[LogLine]:
    """Yield the records of a container's log, oldest first; with `options.follow` until it exits.

    Raises NotFound, Unsupported (its log driver keeps no file), InvalidInput (since, until).
    """
    source = LogSource(session, name, options)
    return (line for _, line in _follow([source])) if options.follow else iter(source.read())


def follow_all(session: Session, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    """Yield (name, record) of several containers as they write, until all have exited.

    Raises what `read_logs` raises.
    """
    return _follow([LogSource(session, name, options) for name in names])


def _follow(sources: list[LogSource]) -> Iterator[tuple[str, LogLine]]:
    try:
        while sources:
            ended = [source for source in sources if not source.is_alive()]
            for source in sources:
                for line in source.read():
                    yield source.name, line
            sources = [source for source in sources if source not in ended and not source.passed_until]
            if sources:
                time.sleep(_POLL_S)
    finally:
        for source in sources:
            source.close()


class LogSource:
    """The log file of one container.

    Each `read` continues where the last one ended, in the new file after a rotation.
    """

    def __init__(self, session: Session, name: str, options: LogOptions) -> None:
        """Raises NotFound, Unsupported (its log driver keeps no file), InvalidInput (since, until)."""
        self.name = name
        self.passed_until = False
        """A record after `options.until` was read."""
        self._session = session
        self._id = get_id(session, name)
        spec = spec_of(row_of(session, self._id, name))
        if spec.log.driver in ("none", "passthrough"):
            raise Unsupported(f"it has no log (--log-driver={spec.log.driver})", subject=name)
        now = time.time_ns()
        self._since = parse_time_ns(options.since, now_ns=now) if options.since else 0
        self._until = parse_time_ns(options.until, now_ns=now) if options.until else 0
        self._path = spec.log.path or session.paths.log(self._id)
        self._tail = options.tail
        self._file: BinaryIO | None = None
        self._rest = b""

    def is_alive(self) -> bool:
        """Say whether the container may write more: it runs or waits for a restart."""
        return _is_alive(self._session, self._id)

    def read(self) -> Iterator[LogLine]:
        """Yield the records written since the last call that pass `since` and `until`."""
        if self._file is None or _was_replaced(self._file, self._path):
            self._open()
        if self._file is None:
            return
        for raw in self._file:
            self._rest += raw
            if self._rest.endswith(b"\n"):
                line, self._rest = parse_line(self._rest), b""
                if line is not None and self._is_in_range(line):
                    yield line
                if self.passed_until:
                    return

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        is_first = self._file is None
        self.close()
        try:
            self._file = open(self._path, "rb")  # noqa: SIM115 - kept open between reads
        except FileNotFoundError:
            return
        self._rest = b""
        if is_first and self._tail >= 0:
            self._file.seek(_tail_offset(self._file, self._tail))
        self._tail = -1

    def _is_in_range(self, line: LogLine) -> bool:
        """Say whether a record is from between `since` and `until`; one after `until` sets `passed_until`."""
        if not self._since and not self._until:
            return True
        at_ns = parse_time_ns(line.time)
        self.passed_until = bool(self._until) and at_ns > self._until
        return at_ns >= self._since and not self.passed_until


def _is_alive(session: Session, container_id: str) -> bool:
    try:
        row = row_of(session, container_id)
    except NotFound:
        return False
    return states.state_of(session, row) in (*states.ALIVE, states.RESTARTING)


def _was_replaced(file: BinaryIO, path: str) -> bool:
    """Say whether the log was rotated: another file has its path, or it was truncated."""
    try:
        current = os.stat(path)
    except FileNotFoundError:
        return False
    opened = os.fstat(file.fileno())
    return (current.st_ino, current.st_dev) != (opened.st_ino, opened.st_dev) or current.st_size < file.tell()


def _tail_offset(file: BinaryIO, count: int) -> int:
    """Return the offset at which the last `count` whole lines begin; the file is read backwards in blocks."""
    end = os.fstat(file.fileno()).st_size
    if not count:
        return end
    position = end
    tail = b""
    while position > 0:
        start = max(0, position - _BLOCK)
        tail = os.pread(file.fileno(), position - start, start) + tail
        position = start
        lines = tail.split(b"\n")
        if sum(1 for line in lines[1:] if _ends(line)) > count:
            break
    offset = end
    for line in reversed(tail.split(b"\n")[:-1]):
        if _ends(line):
            if not count:
                return offset
            count -= 1
        offset -= len(line) + 1
    return max(0, offset)


def _ends(raw: bytes) -> bool:
    parts = raw.split(b" ", 3)
    return len(parts) == 4 and parts[2] == b"F"
