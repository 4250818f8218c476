"""The loop: make an input, try it, keep it if it reached lines that none reached before; what falls is a finding."""

from __future__ import annotations

import hashlib
import mmap
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

from tests.fuzz.attempt import attempt, limit_memory
from tests.fuzz.mutate import mutate
from tests.fuzz.target import Target, target

FOUND = Path(__file__).resolve().parent.parent / "data" / "fuzz"
_OURS = tuple(
    f"{Path(__file__).resolve().parent.parent.parent}/{room}/"
    for room in ("pycman", "cli", "kube_yaml", "cri_server", "pods")
)
_MOST_PARENTS = 2000
_LENGTH_BYTES = 4
_SHARED_BYTES = 1 << 20
"""More than the longest input of any target."""


class Coverage:
    """The lines of pycman that inputs reached, and whether the last one reached new ones."""

    def __init__(self) -> None:
        self._seen: dict[CodeType, set[int]] = {}
        self.lines = 0

    def run(self, function: Callable[[], str]) -> tuple[str, bool]:
        """Call a function; return its result, and whether lines were reached that none had reached before."""
        before = self.lines
        sys.settrace(self._call)
        try:
            result = function()
        finally:
            sys.settrace(None)
        return result, self.lines > before

    def _call(self, frame: FrameType, _event: str, _argument: object):  # noqa: ANN202 - a trace function
        seen = self._seen.get(frame.f_code)
        if seen is None:
            if not frame.f_code.co_filename.startswith(_OURS):
                return None
            seen = self._seen[frame.f_code] = set()

        def line(inner: FrameType, event: str, _argument: object):  # noqa: ANN202
            if event == "line" and inner.f_lineno not in seen:
                seen.add(inner.f_lineno)
                self.lines += 1
            return line

        return line


def fuzz(name: str, seconds: float, seed: int) -> int:
    """Try a target for so long, in children that may die; return how many findings were new."""
    target(name)  # a target that cannot be imported is no finding
    end = time.monotonic() + seconds
    before = set(_kept(name))
    rounds = 0
    with mmap.mmap(-1, _SHARED_BYTES) as current:
        while time.monotonic() < end:
            child = os.fork()
            if not child:
                status = 1
                try:
                    status = _in_child(name, end, seed + rounds, current)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(status)
            status = os.waitpid(child, 0)[1]
            rounds += 1
            if status:
                data = current[_LENGTH_BYTES : _LENGTH_BYTES + int.from_bytes(current[:_LENGTH_BYTES], "little")]
                print(f"{name}: the process died with status {status} at {data[:300]!r}", flush=True)
                _keep(name, data)
    return len(set(_kept(name)) - before)


def _in_child(name: str, end: float, seed: int, current: mmap.mmap) -> int:
    """Fuzz until `end`, or for some while: then a child with another beginning goes on. Return the exit status.

    `current` holds the length and the bytes of the input that is being tried, for the parent.
    """
    found = target(name)
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
    limit_memory()
    coverage = Coverage()
    parents = list(found.seeds) + [path.read_bytes() for path in _kept(name)]
    places: set[str] = set()
    for data in parents:  # known findings are mended, or told again
        coverage.run(lambda data=data: attempt(found, data))
    tries = 0
    end = min(end, time.monotonic() + 60)
    while time.monotonic() < end:
        data = mutate(chance, parents, found.words, found.longest)
        current[: _LENGTH_BYTES + len(data)] = len(data).to_bytes(_LENGTH_BYTES, "little") + data
        problem, is_new = coverage.run(lambda data=data: attempt(found, data))
        tries += 1
        if problem:
            place = problem.partition("\n")[0]
            if place not in places:
                places.add(place)
                data = shrink(found, data, place)
                print(f"{name}: {problem}\n{data[:300]!r}", flush=True)
                _keep(name, data)
        elif is_new and len(parents) < _MOST_PARENTS:
            parents.append(data)
    print(
        f"{name}: {tries} inputs, {coverage.lines} lines reached, {len(parents)} inputs kept in mind, {len(places)} findings",
        flush=True,
    )
    return 0


def shrink(found: Target, data: bytes, place: str) -> bytes:
    """Return a shorter input that falls in the same place."""
    step = len(data) // 2
    until = time.monotonic() + 20
    while step and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + step :]
            if attempt(found, shorter).partition("\n")[0] == place:
                data = shorter
            else:
                at += step
        step //= 2
    return data


def _kept(name: str) -> list[Path]:
    return sorted(path for path in (FOUND / name).glob("*") if not path.name.startswith("."))


def _keep(name: str, data: bytes) -> None:
    path = FOUND / name / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
