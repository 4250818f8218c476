"""What a container wrote, from its log file (k8s-file: "TIME STREAM F|P TEXT", F ends a line, P goes on)."""

from __future__ import annotations

import os
import time

from pycman.containers import life
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.errors import NotFound, Unsupported
from pycman.record import Record
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
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
    container_id = get_id(session, name)
    spec = spec_of(row_of(session, container_id, name))
    if spec.log.driver in ("none", "passthrough"):
        raise Unsupported(f"it has no log (--log-driver={spec.log.driver})", subject=name)
    now = time.time_ns()
    since = parse_time_ns(options.since, now_ns=now) if options.since else 0
    until = parse_time_ns(options.until, now_ns=now) if options.until else 0
    path = spec.log.path or session.paths.log(container_id)
    return _filtered(_lines(session, container_id, path, options), since, until)


def _filtered(lines: Iterator[LogLine], since: int, until: int) -> Iterator[LogLine]:
    for line in lines:
        if since or until:
            at = parse_time_ns(line.time)
            if at < since:
                continue
            if until and at > until:
                return
        yield line


def _lines(session: Session, container_id: str, path: str, options: LogOptions) -> Iterator[LogLine]:
    try:
        file = open(path, "rb")  # noqa: SIM115 - reopened when the log is rotated
    except FileNotFoundError:
        if not options.follow:
            return
        file = open("/dev/null", "rb")  # noqa: SIM115
    try:
        if options.tail >= 0:
            file.seek(_tail_offset(file, options.tail))
        rest = b""
        while True:
            ended = options.follow and not _is_alive(session, container_id)
            for raw in file:
                rest += raw
                if rest.endswith(b"\n"):
                    line, rest = parse_line(rest), b""
                    if line is not None:
                        yield line
            if not options.follow or ended:
                return
            if _was_replaced(file, path):
                file.close()
                file = open(path, "rb")  # noqa: SIM115
                rest = b""
            else:
                time.sleep(_POLL_S)
    finally:
        file.close()


def _is_alive(session: Session, container_id: str) -> bool:
    try:
        row = row_of(session, container_id)
    except NotFound:
        return False
    return life.state_of(row) in life.ALIVE or life.state_of(row) == life.RESTARTING


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
