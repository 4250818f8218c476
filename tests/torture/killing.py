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
from tests.torture.victim import run_words

if TYPE_CHECKING:
    from tests.torture.place import Place
    from tests.torture.victim import Victim

_LISTS = (
    ("ps", "-a", "--size", "--format", "{{.ID}}"), ("pod", "ps", "-q"), ("images", "-a", "-q"), ("volume", "ls", "-q"),
    ("network", "ls", "-q"),
)  # fmt: skip
_OTHERS = (("system", "df"), ("secret", "ls"), ("system", "check", "--repair"))
_SUPERVISOR = "__supervise"
_LISTINGS = 5
"""How often what is listed may go before it is inspected: containers whose exit command removes them."""
_FROM = 0.15
"""The part of a command's time in which it only starts Python."""
_PATIENCE_S = 120


class Killing:
    """A victim's kills so far: `some` kills it some more times, `result` says in a line what came of all."""

    def __init__(self, place: Place, name: str, choose: Callable[[], Victim]) -> None:
        self._place = place
        self._name = name
        self._choose = choose
        self._took_s = 0.0
        self._hits = 0
        self.number = 0
        self.found: list[str] = []

    def some(self, times: int) -> None:
        """Kill it; print what was wrong afterwards and keep it in `found`."""
        place = self._place
        first = self._choose()
        _each(place, first.prepare)
        begun = time.monotonic()
        _must(place, first.words)
        self._took_s = time.monotonic() - begun
        _each(place, first.remove)
        before = settled(place)
        for _ in range(times):
            before = self._once(before)
        print(self.result, flush=True)

    def _once(self, before: set[str]) -> set[str]:
        place, victim = self._place, self._choose()
        _each(place, victim.prepare)
        moment_s, whole = self._took_s * random.uniform(_FROM, 1), random.random() < 0.5
        hit = _kill(place, victim.words, moment_s, whole=whole)
        self.number += 1
        self._hits += hit
        problems = _problems(place, victim)
        problems += sorted(new_traces(place, before))
        if not problems:
            return before
        how = f"{' '.join(victim.words)}: killed {'with its children ' if whole else ''}after {moment_s * 1000:.0f} ms"
        self.found += [f"{self._name}: {problem}" for problem in problems]
        print(f"{how}{'' if hit else ' (had ended)'}", *problems, sep="\n    ", flush=True)
        return settled(place)

    @property
    def result(self) -> str:
        """Return how often it was killed, and how long it takes alone."""
        return (
            f"{self._name}: {self.number} kills ({self._hits} before its end, which takes {self._took_s * 1000:.0f} ms), "
            f"{len(self.found)} problems"
        )


def settled(place: Place, timeout_s: float = 60) -> set[str]:
    """Return what there is when nothing has changed for a second and no supervisor waits for work.

    It looks once a second whether a container needs it, and ends after three more looks; no container of a victim is left, and the
    bystander needs none. One that stays for `timeout_s` is among what is returned.
    """
    deadline, before = time.monotonic() + timeout_s, look(place)
    while True:
        time.sleep(1)
        now = look(place)
        if now == before and (time.monotonic() > deadline or not any(_SUPERVISOR in line for line in now)):
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


def problems_after(place: Place) -> list[str]:
    """Return what is wrong after a kill: what is listed must be there to be inspected, unless a second listing has it no more (a `--rm`
    container, which conmon's exit command removes).
    """
    problems, listed = _listed(place)
    for _ in range(_LISTINGS):
        missing = problem_of(place, ("inspect", *listed))
        if not missing:
            break
        more, now = _listed(place)
        problems += more
        if now == listed:
            problems += missing
            break
        listed = now
    for words in _OTHERS:
        problems += problem_of(place, words)
    problems += place.problems_of_bystander()
    return problems


def _listed(place: Place) -> tuple[list[str], list[str]]:
    """Return what is wrong with lists, and what they list. Which one is asked for first differs, as it has most to repair."""
    problems: list[str] = []
    listed: list[str] = []
    for words in random.sample(_LISTS, len(_LISTS)):
        try:
            done = place.pycman.run(*words, timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            problems.append(f"{' '.join(words)} hangs")
            continue
        problems += _problem_of_ended(words, done)
        if words[0] == "ps":
            listed.clear()  # this list removes half-made containers with their volumes, which were listed before
        listed += done.stdout.decode().split()
    return problems, sorted(listed)


def _problems(place: Place, victim: Victim) -> list[str]:
    problems = problems_after(place)
    for words in (*victim.tidy, *(() if victim.tidy else victim.prepare), victim.words, *victim.remove):
        problems += problem_of(place, words)
    return problems


def problem_of(place: Place, words: tuple[str, ...]) -> list[str]:
    """Return what is wrong if a command does not succeed in time."""
    try:
        done = run_words(place, words, _PATIENCE_S)
    except subprocess.TimeoutExpired:
        return [f"{' '.join(words)} hangs"]
    return _problem_of_ended(words, done)


def _problem_of_ended(words: tuple[str, ...], done: subprocess.CompletedProcess[bytes]) -> list[str]:
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()[-500:]
        return [f"{' '.join(words)} ended with {done.returncode}: {said}"]
    return []


def _each(place: Place, commands: tuple[tuple[str, ...], ...]) -> None:
    for words in commands:
        _must(place, words)


def _must(place: Place, words: tuple[str, ...]) -> None:
    for problem in problem_of(place, words):
        print(f"before a kill: {problem}", flush=True)
