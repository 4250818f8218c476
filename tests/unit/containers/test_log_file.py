"""Where the last lines of a log begin, and where a moment lies, whatever the log holds."""

from __future__ import annotations

import os
import random
import time

import pytest

from pycman.containers.process import log_file, logs
from pycman.containers.process.log_file import records, tail_starts, time_offset, whole_size
from pycman.containers.process.logs import LogOptions, LogSource, parse_line
from pycman.spec.container import ContainerSpec, LogConfig

S = 10**9
START = 1_767_322_800  # 2026-01-02T03:00:00Z


def record(number: int, text: str = "text", *, ends: bool = True, stream: str = "stdout") -> bytes:
    clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START + number))
    return f"{clock}.000000006+00:00 {stream} {'F' if ends else 'P'} {text}\n".encode()


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Return a function that writes a log and opens it as a LogSource, read in small blocks."""
    monkeypatch.setattr(log_file, "_BLOCK", 256)
    path = tmp_path / "ctr.log"
    monkeypatch.setattr(logs, "get_id", lambda _session, name: name)
    monkeypatch.setattr(logs, "row_of", lambda _session, _id, _name="": {})
    monkeypatch.setattr(logs, "spec_of", lambda _row: ContainerSpec(image="x", log=LogConfig(path=str(path))))

    def make(data: bytes, **options) -> LogSource:
        path.write_bytes(data)
        return LogSource(None, "c", LogOptions(**options))

    make.path = path
    return make


def texts(source: LogSource) -> list[str]:
    return [line.text.decode() for line in source.read()]


HALF = record(0, "a") + record(1, "b") + record(2, "c", ends=False)
TWO_STREAMS = (
    record(0, "x", ends=False)
    + record(1, "err", ends=False, stream="stderr")
    + record(2, "y")
    + record(3, "or", stream="stderr")
)


@pytest.mark.parametrize(
    ("data", "tail", "wanted"),
    [
        (HALF, 0, []),
        (HALF, 1, ["c"]),
        (HALF, 2, ["b\n", "c"]),
        (HALF, 3, ["a\n", "b\n", "c"]),
        (HALF, 9, ["a\n", "b\n", "c"]),
        (record(0, "a", ends=False) + record(1, "b") + record(2, "c"), 2, ["a", "b\n", "c\n"]),
        (record(0, "a", ends=False) + record(1, "b") + record(2, "c"), 1, ["c\n"]),
        (TWO_STREAMS, 1, ["err", "or\n"]),
        (TWO_STREAMS, 2, ["x", "err", "y\n", "or\n"]),
        (record(0, "old") + TWO_STREAMS, 2, ["x", "err", "y\n", "or\n"]),
        (b"", 5, []),
        (b"no record\n" + record(0, "a") + b"\xff\n", 1, ["a\n"]),
        (record(0, "a") + record(1, "b" * 5000) + record(2, "c"), 2, ["b" * 5000 + "\n", "c\n"]),
        (record(0, "a") + b"2026-01-02T03:00:01Z stdout F half a rec", 1, ["a\n"]),
    ],
)
def test_the_last_lines(log, data, tail, wanted) -> None:
    assert texts(log(data, tail=tail)) == wanted


def test_the_last_lines_of_any_log_are_those_of_reading_it_all(log) -> None:
    chance = random.Random(5)
    for _ in range(100):
        data = b"".join(record(at, str(at), ends=chance.random() < 0.7) for at in range(chance.randrange(30)))
        lines = "".join(texts(log(data))).split("\n")
        lines = lines if lines[-1] else lines[:-1]
        count = chance.randrange(1, 12)
        found = "".join(texts(log(data, tail=count)))
        assert (found if found.endswith("\n") else found + "\n" if found else "") == "".join(
            f"{line}\n" for line in lines[-count:]
        )


@pytest.mark.parametrize("number", [-1, 0, 1, 7, 50, 98, 99, 100])
def test_a_moment_is_found_in_a_log_of_any_length(log, number) -> None:
    data = b"".join(record(at, str(at)) for at in range(100))
    since = str(START + number)
    assert texts(log(data, since=since)) == [f"{at}\n" for at in range(max(0, number), 100)]
    source = log(data, until=str(START + number + 0.5))
    assert texts(source) == [f"{at}\n" for at in range(min(100, number + 1))]
    assert source.passed_until
    assert texts(log(data, since=since, tail=3)) == [f"{at}\n" for at in range(max(97, number), 100)]


def test_a_moment_is_found_without_reading_the_log(tmp_path, monkeypatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(record(at) for at in range(60_000)))
    read: list[int] = []
    pread = os.pread
    monkeypatch.setattr(log_file.os, "pread", lambda *words: read.append(words[1]) or pread(*words))
    with open(path, "rb") as file:
        size = whole_size(file.fileno())
        offset = time_offset(file.fileno(), 0, size, (START + 59_000) * S)
        assert parse_line(next(records(file.fileno(), offset, size))[1]).time.startswith("2026-01-02T19:23:20")
        tail_starts(file.fileno(), size, 10)
    assert sum(read) < size / 3


@pytest.mark.parametrize("how", ["rename", "truncate"])
def test_a_rotation_loses_nothing(log, how) -> None:
    source = log(record(0, "a"))
    assert texts(source) == ["a\n"]
    if how == "rename":
        with open(log.path, "ab") as file:
            file.write(record(1, "late"))
        log.path.rename(log.path.with_suffix(".1"))
        log.path.write_bytes(record(2, "new"))
        assert texts(source) == ["late\n", "new\n"]
    else:
        os.truncate(log.path, 0)
        assert texts(source) == []
    with open(log.path, "ab") as file:
        file.write(record(3, "more"))
    assert texts(source) == ["more\n"]
    source.close()


def test_following_shows_what_is_added_after_the_last_lines_and_no_half_record(log) -> None:
    source = log(HALF, tail=1)
    assert texts(source) == ["c"]
    with open(log.path, "ab") as file:
        file.write(record(3, "d") + record(4, "e")[:30])
    assert texts(source) == ["d\n"]
    with open(log.path, "ab") as file:
        file.write(record(4, "e")[30:])
    assert texts(source) == ["e\n"]


def test_following_until_a_moment_ends_when_it_has_passed(log) -> None:
    source = log(HALF, until=str(time.time() + 3600))
    assert len(texts(source)) == 3
    assert not source.passed_until
    source = log(HALF, until="0s")
    assert len(texts(source)) == 3
    assert source.passed_until
