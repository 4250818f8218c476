"""The last lines of a container's log, from its last 64 KiB."""

from __future__ import annotations

import os

from pycman.containers.process.log_records import LogLine, LogOptions, parse_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_TAIL_BYTES = 65_536


def last_lines(session: Session, row: Mapping[str, Any], spec: ContainerSpec, count: int) -> list[str]:
    """Return up to `count` last lines of a container's log, records of one line joined; [] without a log."""
    if spec.log.driver == "journald":
        from pycman.containers.process.journal_source import JournalSource  # only for containers that write there
        from pycman.linux.journal import can_read  # the same

        if can_read(session.user.uid):
            lines = JournalSource(session, row["name"], row["id"], LogOptions(tail=count)).read()
            return join_lines(lines)
    path = spec.log.path or session.paths.log(row["id"])
    try:
        with open(path, "rb") as file:
            start = max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES)
            file.seek(start)
            data = file.read()
    except OSError:
        return []
    if start:
        data = data.partition(b"\n")[2]  # the block begins within a record
    return join_records(data)[-count:]


def join_records(data: bytes) -> list[str]:
    """Return the lines in records of a k8s-file log; an unfinished one at the end counts. Pure.

    Only newlines end a record: a line may hold a carriage return (a progress bar) or a Unicode line separator.
    """
    return join_lines(record for record in map(parse_line, data.split(b"\n")) if record is not None)


def join_lines(records: Iterable[LogLine]) -> list[str]:
    """Return the lines in records; an unfinished one at the end counts. Pure."""
    lines: list[str] = []
    unfinished = b""
    for record in records:
        unfinished += record.text
        if record.ends:
            lines.append(unfinished[:-1].decode("utf-8", "replace"))
            unfinished = b""
    return [*lines, *([unfinished.decode("utf-8", "replace")] if unfinished else [])]
