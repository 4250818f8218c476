"""What a container wrote, from its log file (k8s-file: "TIME STREAM F|P TEXT", F ends a line, P goes on)."""

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
    """`tail` -1 is all; `since` and `until` as in `state.times`."""

    follow: bool = False
    since: str = ""
    until: str = ""
    tail: int = -1


class LogLine(Record):
    """One piece as it was written: `text` ends in a newline unless the line went on (or never ended)."""

    time: str
    stream: str
    text: bytes

    @property
    def ends(self) -> bool:
        """Say whether the line ends here."""
        return self.text.endswith(b"\n")


def parse_line(raw: bytes) -> LogLine | None:
    """Return one line of the file, or None if it is none."""
    parts = raw.rstrip(b"\n").split(b" ", 3)
    if len(parts) < 4:
        return None
    end = b"\n" if parts[2] == b"F" else b""
    return LogLine(
        time=parts[0].decode("ascii", "replace"), stream=parts[1].decode("ascii", "replace"), text=parts[3] + end
    )


def read_logs(session: Session, name: str, options: LogOptions) -> Iterator[LogLine]:
    """Give what a container wrote, oldest first; with follow until it ends. Raises NotFound, Unsupported (no log)."""
    source = LogSource(session, name, options)
    return (line for _, line in _follow([source])) if options.follow else iter(source.read())


def follow_all(session: Session, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    """Give (name, line) of several containers as they write, until all have ended. Raises what `read_logs` raises."""
    return _follow([LogSource(session, name, options) for name in names])


def _follow(sources: list[LogSource]) -> Iterator[tuple[str, LogLine]]:
    try:
        while sources:
            ended = [source for source in sources if not source.is_alive()]
            for source in sources:
                for line in source.read():
                    yield source.name, line
            sources = [source for source in sources if source not in ended and not source.is_over]
            if sources:
                time.sleep(_POLL_S)
    finally:
        for source in sources:
            source.close()


class LogSource:
    """The log file of one container, read on from where the last `read` ended, also when it is rotated."""

    def __init__(self, session: Session, name: str, options: LogOptions) -> None:
        """Find it. Raises NotFound, Unsupported (no log)."""
        self.name = name
        self.is_over = False
        """`until` was passed."""
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
        """Say whether the container may write more."""
        return _is_alive(self._session, self._id)

    def read(self) -> Iterator[LogLine]:
        """Give the lines written since the last call."""
        if self._file is None or _was_replaced(self._file, self._path):
            self._open()
        if self._file is None:
            return
        for raw in self._file:
            self._rest += raw
            if self._rest.endswith(b"\n"):
                line, self._rest = parse_line(self._rest), b""
                if line is not None and self._is_wanted(line):
                    yield line
                if self.is_over:
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

    def _is_wanted(self, line: LogLine) -> bool:
        if not self._since and not self._until:
            return True
        at = parse_time_ns(line.time)
        self.is_over = bool(self._until) and at > self._until
        return at >= self._since and not self.is_over


def _is_alive(session: Session, container_id: str) -> bool:
    try:
        row = row_of(session, container_id)
    except NotFound:
        return False
    return states.state_of(row) in states.ALIVE or states.state_of(row) == states.RESTARTING


def _was_replaced(file: BinaryIO, path: str) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(file.fileno())
    return (found.st_ino, found.st_dev) != (mine.st_ino, mine.st_dev) or found.st_size < file.tell()


def _tail_offset(file: BinaryIO, count: int) -> int:
    """Return where the last `count` whole lines begin, read backwards in blocks."""
    end = os.fstat(file.fileno()).st_size
    if not count:
        return end
    found = 0
    position = end
    tail = b""
    while position > 0:
        start = max(0, position - _BLOCK)
        tail = os.pread(file.fileno(), position - start, start) + tail
        position = start
        lines = tail.split(b"\n")
        found = sum(1 for line in lines[1:] if _ends(line))
        if found > count:
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
