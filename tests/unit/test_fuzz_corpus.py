"""Inputs on which a parser once fell (tests/data/fuzz, found by `make fuzz`), and the seeds of all targets: read or refused, in bounds."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.attempt import attempt, limit_memory
from tests.fuzz.engine import FOUND
from tests.fuzz.target import Target, names, target


@pytest.mark.parametrize("name", names())
def test_what_once_fell_is_read_or_refused(name: str) -> None:
    found = target(name)
    inputs = {f"seed {number}": data for number, data in enumerate(found.seeds)}
    inputs |= {path.name: path.read_bytes() for path in sorted((FOUND / name).glob("*"))}
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        limit_memory()
        problems = [f"{key}: {problem}" for key, data in inputs.items() if (problem := attempt(found, data))]
        os.write(write, "\n".join(problems)[:60_000].encode())
        os._exit(bool(problems))
    os.close(write)
    with open(read, encoding="utf-8", errors="replace") as told:
        text = told.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, text


def test_every_folder_of_findings_is_a_targets() -> None:
    assert {path.name for path in FOUND.iterdir()} <= set(names())


def test_whatever_is_not_the_rooms_own_error_is_a_finding() -> None:
    def fall(data: bytes) -> None:
        if data == b"loop":
            while True:
                pass
        if data == b"lines":
            raise ValueError("one\ntwo")
        if data == b"expected":
            raise ValueError("one")
        raise KeyError(data)

    found = Target(run=fall, seeds=(), expected=(ValueError,))
    assert attempt(found, b"expected") == ""
    assert attempt(found, b"x").startswith("KeyError at ")
    assert attempt(found, b"lines").startswith("two lines: ValueError")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.fuzz.attempt.LONGEST_S", 0.01)
        assert attempt(found, b"loop").startswith("TooLong")
