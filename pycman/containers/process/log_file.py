"""Places in a log file: where its last lines begin, and where a moment lies. Neither reads what it can leap over.

conmon appends records in the order of its clock, so a moment is found by bisection; of a log whose clock was put back
a record is found that is not older, not every one.
"""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 16


def whole_size(descriptor: int) -> int:
    """Return the size of the file without a record that is still being written."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - _BLOCK)
    return start + os.pread(descriptor, size - start, start).rfind(b"\n") + 1


def tail_starts(descriptor: int, size: int, count: int) -> dict[str, int]:
    """Return for each stream the offset from which its records belong to the last `count` lines of the first `size` bytes.

    A line that is not finished at the end counts. A stream that is not in the result has none of these lines. Of a line
    that the other stream interrupts, pieces more than a block away from the others are not looked for.
    """
    starts: dict[str, int] = {}
    unwanted: set[str] = set()
    limit = 0
    for offset, stream, ends in _records_backwards(descriptor, size):
        if not ends and stream in unwanted:
            continue
        if ends or stream not in starts:  # the last record of a line
            if not count:
                unwanted.add(stream)
                limit = limit or max(1, offset - _BLOCK)
                if unwanted.issuperset(starts) or offset < limit:
                    break
                continue
            count -= 1
        starts[stream] = offset
    return starts


def time_offset(descriptor: int, start: int, end: int, at_ns: int) -> int:
    """Return the offset of the first record between `start` and `end` (both begin a record) that is not before `at_ns`.

    It is `end` if all records are before that moment.
    """
    low, high = start, end
    while high - low > _BLOCK:
        middle = (low + high) // 2
        found = _first_time(descriptor, middle, high)
        if found is None or found[1] >= at_ns:
            high = middle  # a record that begins before the middle may still be the first
        else:
            low = found[0]
    return _scan(descriptor, low, end, at_ns)


def records(descriptor: int, position: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of the whole records from `position` on, the newline left out."""
    rest = b""
    while position < end:
        block = os.pread(descriptor, min(_BLOCK, end - position), position)
        if not block:
            return
        offset = position - len(rest)
        *whole, rest = (rest + block).split(b"\n")
        position += len(block)
        for record in whole:
            yield offset, record
            offset += len(record) + 1


def record_time_ns(record: bytes) -> int | None:
    """Return the moment in a record of the file, None if it is malformed."""
    try:
        return parse_time_ns(record[:64].partition(b" ")[0].decode("ascii"))
    except (InvalidInput, UnicodeDecodeError):
        return None


def _scan(descriptor: int, low: int, end: int, at_ns: int) -> int:
    """Return what `time_offset` does, record by record from `low`, which begins one."""
    for offset, record in records(descriptor, low, end):
        moment = record_time_ns(record)
        if moment is not None and moment >= at_ns:
            return offset
    return end


def _first_time(descriptor: int, position: int, end: int) -> tuple[int, int] | None:
    """Return offset and moment of the first well-formed record that begins after `position`, None without one."""
    skipped = False
    for offset, record in records(descriptor, position, end):
        moment = record_time_ns(record) if skipped else None
        skipped = True
        if moment is not None:
            return offset, moment
    return None


def _records_backwards(descriptor: int, size: int) -> Iterator[tuple[int, str, bool]]:
    """Yield offset, stream and whether a line ends of the well-formed whole records, the last first."""
    position = size
    later: list[bytes] = []  # pieces of a record whose beginning is in an earlier block, the last first
    while position > 0:
        start = max(0, position - _BLOCK)
        first, *rest = os.pread(descriptor, position - start, start).split(b"\n")
        position = start
        if not rest:
            later.append(first)
            continue
        rest[-1] = b"".join([rest[-1], *reversed(later)])
        offset = start + len(first) + 1 + sum(len(record) + 1 for record in rest)
        later = [first]
        for record in reversed(rest):
            offset -= len(record) + 1
            yield from _well_formed(offset, record)
    yield from _well_formed(0, b"".join(reversed(later)))


def _well_formed(offset: int, record: bytes) -> Iterator[tuple[int, str, bool]]:
    parts = record.split(b" ", 3)
    if len(parts) == 4:
        yield offset, parts[1].decode("ascii", "replace"), parts[2] == b"F"
