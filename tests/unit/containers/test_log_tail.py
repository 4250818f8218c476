"""The last lines of a log: records joined, whatever bytes a container wrote."""

from __future__ import annotations

import os

import pytest

from pycman.containers.process.log_tail import join_records, last_lines
from pycman.spec.container import ContainerSpec
from tests.support.sessions import open_session

ID = "a" * 64
SPEC = ContainerSpec(image="x")


def record(text: str, *, ends: bool = True) -> bytes:
    return f"2026-01-02T03:04:05.000000006Z stdout {'F' if ends else 'P'} {text}\n".encode()


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def write_log(session, data: bytes) -> None:
    path = session.paths.log(ID)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def test_records_of_one_line_are_joined_and_an_unfinished_line_counts():
    data = record("one ", ends=False) + record("line") + record("two") + record("half", ends=False)
    assert join_records(data) == ["one line", "two", "half"]


@pytest.mark.parametrize("text", ["10%\r20%\r30%", "a\u2028b", "a\x0bb\x85c", "  spaces  kept  ", ""])
def test_only_a_newline_ends_a_record(text):
    assert join_records(record(text) + record("next")) == [text, "next"]


def test_what_is_no_record_is_skipped():
    assert join_records(b"\nnot a record\n" + record("one") + b"\xff\xfe\n") == ["one"]


def test_a_record_that_begins_before_the_last_block_is_left_out(session):
    write_log(session, record("many words " * 10_000) + record("last"))
    assert last_lines(session, {"id": ID}, SPEC, 10) == ["last"]


def test_the_newest_lines_are_returned_and_none_without_a_log(session):
    assert last_lines(session, {"id": ID}, SPEC, 2) == []
    write_log(session, b"".join(record(str(number)) for number in range(5)))
    assert last_lines(session, {"id": ID}, SPEC, 2) == ["3", "4"]
