"""`kill -9` at a moment nobody chose, and what must hold afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.torture.traces import look, new_traces

if TYPE_CHECKING:
    from tests.torture.place import Place
    from tests.torture.victims import Victim

_LISTS = (
    ("ps", "-a", "--size"), ("pod", "ps"), ("images", "-a"), ("volume", "ls"), ("network", "ls"), ("system", "df"),
    ("system", "check", "--repair"),
)  # fmt: skip
_PATIENCE_S = 120


def kill_at_random(place: Place, name: str, choose: Callable[[], Victim], times: int, until: float) -> list[str]:
    """Kill a victim `times` times; print and return what was wrong afterwards."""
    first = choose()
    _each(place, first.prepare)
    begun = time.monotonic()
    _must(place, first.words)
    took_s = time.monotonic() - begun
    _each(place, first.remove)
    before = _settled(place)
    found: list[str] = []
    hits = number = 0
    while number < times and time.monotonic() < until:
        number += 1
        victim = choose()
        _each(place, victim.prepare)
        moment_s, whole = random.uniform(0, took_s), random.random() < 0.5
        hit = _kill(place, victim.words, moment_s, whole=whole)
        hits += hit
        problems = _problems(place, victim)
        left = new_traces(place, before)
        problems += sorted(left)
        if problems:
            how = f"{' '.join(victim.words)}: killed {'with its children ' if whole else ''}after {moment_s * 1000:.0f} ms"
            found += [f"{name}: {problem}" for problem in problems]
            print(f"{how}{'' if hit else ' (had ended)'}", *problems, sep="\n    ", flush=True)
            before = look(place)
    print(
        f"{name}: {number} kills ({hits} before its end, which takes {took_s * 1000:.0f} ms), {len(found)} problems",
        flush=True,
    )
    return found


def _settled(place: Place) -> set[str]:
    """Return what there is when nothing has changed for a second."""
    before = look(place)
    while True:
        time.sleep(1)
        if (now := look(place)) == before:
            return now
        before = now


def _kill(place: Place, words: tuple[str, ...], moment_s: float, *, whole: bool) -> bool:
    """Start a command and kill it, alone or with all its children; return whether it had not ended."""
    process = place.pycman.start(
        *words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(moment_s)
    except subprocess.TimeoutExpired:
        pass
    else:
        return False
    for pid in (process.pid, *(descendants(process.pid) if whole else ())):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return process.wait() == -signal.SIGKILL


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have, as far as they have not left it."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    except OSError:
        return found
    return [*found, *(further for child in list(found) for further in descendants(child))]


def _problems(place: Place, victim: Victim) -> list[str]:
    problems = []
    for words in _LISTS:
        problems += _problem_of(place, words)
    problems += place.problems_of_bystander()
    for words in (*victim.tidy, *(() if victim.tidy else victim.prepare), victim.words, *victim.remove):
        problems += _problem_of(place, words)
    return problems


def _problem_of(place: Place, words: tuple[str, ...]) -> list[str]:
    """Return what is wrong if a command does not succeed in time."""
    try:
        done = place.pycman.run(*words, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return [f"{' '.join(words)} hangs"]
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        return [f"{' '.join(words)} ended with {done.returncode}: {said}"]
    return []


def _each(place: Place, commands: tuple[tuple[str, ...], ...]) -> None:
    for words in commands:
        _must(place, words)


def _must(place: Place, words: tuple[str, ...]) -> None:
    for problem in _problem_of(place, words):
        print(f"before a kill: {problem}", flush=True)
