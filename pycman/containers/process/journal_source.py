"""A container's output in systemd's journal, where conmon writes each line with CONTAINER_ID_FULL (log driver journald)."""

from __future__ import annotations

import time

from pycman.containers.process.log_records import LogLine, LogOptions, may_write_more
from pycman.linux.journal import Reader, read_entries, wait_until_written
from pycman.state.times import format_rfc3339, parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_FIELDS = "--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE,_SOURCE_REALTIME_TIMESTAMP"
_ERROR = "3"
"""The priority of lines from standard error; those from standard output have 6."""


class JournalSource:
    """What the journal has of one container. Each `read` continues where the last one ended; see `logs.LogSource`."""

    def __init__(self, session: Session, name: str, container_id: str, options: LogOptions) -> None:
        """Raises InvalidInput (since, until)."""
        self.name = name
        self.passed_until = False
        self._session = session
        self._id = container_id
        now = time.time_ns()
        self._since = parse_time_ns(options.since, now_ns=now) if options.since else 0
        self._until = parse_time_ns(options.until, now_ns=now) if options.until else 0
        self._tail = options.tail
        self._follows = options.follow
        self._is_first = True
        self._cursor = ""
        self._reader: Reader | None = None

    def is_alive(self) -> bool:
        """Say whether the container may write more: it runs or waits for a restart."""
        return may_write_more(self._session, self._id)

    def read(self) -> Iterator[LogLine]:
        """Yield the records written since the last call that pass `since` and `until`."""
        is_late = 0 < self._until < time.time_ns()
        is_last = not self._follows or not self.is_alive()
        if is_last:
            wait_until_written()
        if self._is_first:
            self._is_first = False
            yield from self._lines(self._history())
        if self._reader is not None:
            yield from self._lines(self._reader.ready())
        if is_last:
            self.close()
            if self._follows:
                yield from self._lines(read_entries(self._arguments()))
        elif self._reader is None:
            self._reader = Reader(["--follow", "--no-tail", *self._arguments()])
        self.passed_until |= is_late

    def close(self) -> None:
        """End the reader."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _arguments(self) -> list[str]:
        after = [f"--after-cursor={self._cursor}"] if self._cursor else []
        since = [f"--since=@{self._since // 10**9}"] if self._since and not after else []
        return [_FIELDS, *after, *since, f"CONTAINER_ID_FULL={self._id}"]

    def _history(self) -> Iterable[Mapping[str, Any]]:
        if self._tail < 0:
            return read_entries(self._arguments())
        newest_first = self._from_newest(read_entries(["--reverse", *self._arguments()]))
        return last_entries(newest_first, self._tail, since_ns=self._since, until_ns=self._until)

    def _from_newest(self, entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield the entries, and go on behind the newest one: also where none of them is wanted (--tail 0)."""
        for entry in entries:
            self._cursor = self._cursor or str(entry.get("__CURSOR", ""))
            yield entry

    def _lines(self, entries: Iterable[Mapping[str, Any]]) -> Iterator[LogLine]:
        for entry in entries:
            self._cursor = str(entry.get("__CURSOR", self._cursor))
            moment = time_of(entry)
            if self._until and moment > self._until:
                self.passed_until = True
            elif moment >= self._since:
                yield line_of(entry)


def time_of(entry: Mapping[str, Any]) -> int:
    """Return when a line was written, in ns since 1970. Pure."""
    text = str(entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry.get("__REALTIME_TIMESTAMP") or "0")
    return int(text) * 1000 if text.isdecimal() else 0


def line_of(entry: Mapping[str, Any]) -> LogLine:
    """Return the record of an entry, whose message is text, or numbers where it is not UTF-8 (journalctl(1), -o json). Pure."""
    message = entry.get("MESSAGE")
    text = bytes(message) if isinstance(message, list) else str(message or "").encode("utf-8", "surrogateescape")
    stream = "stderr" if entry.get("PRIORITY") == _ERROR else "stdout"
    end = b"" if _is_partial(entry) else b"\n"
    return LogLine(time=format_rfc3339(time_of(entry)), stream=stream, text=text.removesuffix(b"\n") + end)


def _is_partial(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("CONTAINER_PARTIAL_MESSAGE", "")).lower() == "true"


def last_entries(
    newest_first: Iterable[Mapping[str, Any]], count: int, *, since_ns: int = 0, until_ns: int = 0
) -> Sequence[Mapping[str, Any]]:
    """Return the entries of the last `count` lines within these times, oldest first; a line may have several entries. Pure."""
    found: list[Mapping[str, Any]] = []
    lines, streams = 0, set()
    for entry in newest_first:
        moment = time_of(entry)
        if until_ns and moment > until_ns:
            continue
        stream = entry.get("PRIORITY")
        if not _is_partial(entry) or stream not in streams:
            if lines == count or moment < since_ns:
                break
            lines += 1
            streams.add(stream)
        found.append(entry)
    return found[::-1]
