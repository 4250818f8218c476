"""`logs`: read and follow a container's log: its file, or the journal where only that has it.

2026-01-02T03:04:05.000000006Z stdout F text       k8s-file, as conmon writes it and CRI has it
                                      │
                                      F: the line ends here, P: the next record continues it
"""

from __future__ import annotations

import os
import time

from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.process.log_file import records, tail_starts, time_offset, whole_size
from pycman.containers.process.log_records import LogLine, LogOptions, may_write_more, parse_line
from pycman.errors import Unsupported
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO, TypeAlias

    from pycman.containers.process.journal_source import JournalSource
    from pycman.state.session import Session

    AnySource: TypeAlias = "LogSource | JournalSource"

__all__ = ["LogLine", "LogOptions", "LogSource", "follow_all", "log_source", "read_logs"]

_POLL_S = 0.05


def read_logs(session: Session, name: str, options: LogOptions) -> Iterator[LogLine]:
    """Yield the records of a container's log, oldest first; with `options.follow` until it exits.

    Raises NotFound, Unsupported (its log driver keeps no file), InvalidInput (since, until).
    """
    source = log_source(session, name, options)
    return (line for _, line in _follow([source])) if options.follow else iter(source.read())


def follow_all(session: Session, names: Sequence[str], options: LogOptions) -> Iterator[tuple[str, LogLine]]:
    """Yield (name, record) of several containers as they write, until all have exited.

    Raises what `read_logs` raises.
    """
    return _follow([log_source(session, name, options) for name in names])


def _follow(sources: list[AnySource]) -> Iterator[tuple[str, LogLine]]:
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


def log_source(session: Session, name: str, options: LogOptions) -> AnySource:
    """Return where a container's output is read. Raises NotFound, Unsupported (no log), InvalidInput (since, until)."""
    container_id = get_id(session, name)
    if spec_of(row_of(session, container_id, name)).log.driver == "journald":
        from pycman.containers.process.journal_source import JournalSource  # only for containers that write there
        from pycman.linux.journal import can_read  # the same

        if can_read(session.user.uid):
            return JournalSource(session, name, container_id, options)
    return LogSource(session, name, options)


class LogSource:
    """The log file of one container.

    Each `read` continues where the last one ended, in the new file after a rotation.
    """

    def __init__(self, session: Session, name: str, options: LogOptions) -> None:
        """Raises NotFound, Unsupported (its log driver keeps no file), InvalidInput (since, until)."""
        self.name = name
        self.passed_until = False
        """A record after `options.until` was found, or that moment has passed."""
        self._session = session
        self._id = get_id(session, name)
        spec = spec_of(row_of(session, self._id, name))
        if (
            spec.log.driver in ("none", "passthrough") and not spec.is_infra
        ):  # nobody chose that for a pod's infra container
            raise Unsupported(
                f"it has no log (--log-driver={spec.log.driver})",
                subject=name,
                code="log-not-kept",
                facts={"driver": spec.log.driver},
            )
        now = time.time_ns()
        self._since = parse_time_ns(options.since, now_ns=now) if options.since else 0
        self._until = parse_time_ns(options.until, now_ns=now) if options.until else 0
        self._path = spec.log.path or session.paths.log(self._id)
        self._tail = options.tail
        self._file: BinaryIO | None = None
        self._position = 0

    def is_alive(self) -> bool:
        """Say whether the container may write more: it runs or waits for a restart."""
        return may_write_more(self._session, self._id)

    def read(self) -> Iterator[LogLine]:
        """Yield the records written since the last call that pass `since` and `until`."""
        is_late = 0 < self._until < time.time_ns()
        if self._file is None:
            yield from self._open_first()
        yield from self._new_records()
        if self._file is not None and not self.passed_until and self._was_replaced(self._file):
            yield from self._new_records()  # written to the old file between the last read and the rotation
            self._open()
            yield from self._new_records()
        self.passed_until |= is_late

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        try:
            opened = open(self._path, "rb")  # noqa: SIM115 - kept open between reads
        except FileNotFoundError:
            return
        self.close()
        self._file, self._position = opened, 0

    def _open_first(self) -> Iterator[LogLine]:
        """Open the file, leap to what `since` asks for, and yield the last `tail` lines if only those are wanted."""
        self._open()
        if self._file is None:
            return
        descriptor = self._file.fileno()
        size = whole_size(descriptor)
        if self._tail < 0:
            self._position = time_offset(descriptor, 0, size, self._since) if self._since else 0
            return
        starts = tail_starts(descriptor, size, self._tail)
        self._position = min(starts.values(), default=size)
        if self._since:
            self._position = time_offset(descriptor, self._position, size, self._since)
        for offset, line in self._records(descriptor, size):
            if offset >= starts.get(line.stream, size):
                yield line

    def _new_records(self) -> Iterator[LogLine]:
        if self._file is not None and not self.passed_until:
            descriptor = self._file.fileno()
            if os.fstat(descriptor).st_size > self._position:
                for _, line in self._records(descriptor, whole_size(descriptor)):
                    yield line

    def _records(self, descriptor: int, size: int) -> Iterator[tuple[int, LogLine]]:
        """Yield offset and record from the position to `size`, or to the first record after `until`."""
        start = self._position
        end = time_offset(descriptor, start, size, self._until + 1) if self._until else size
        self.passed_until = end < size
        self._position = end
        for offset, record in records(descriptor, start, end):
            line = parse_line(record)
            if line is not None:
                yield offset, line

    def _was_replaced(self, file: BinaryIO) -> bool:
        """Say whether the log was rotated: another file has its path, or it was truncated."""
        try:
            current = os.stat(self._path)
        except FileNotFoundError:
            return False
        opened = os.fstat(file.fileno())
        return (current.st_ino, current.st_dev) != (opened.st_ino, opened.st_dev) or current.st_size < self._position
