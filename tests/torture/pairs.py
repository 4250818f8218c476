"""Two commands at once on the same object: `python -m tests.torture.pairs [--user NAME] [--seed N] [all | GROUP… | VERB+VERB…]`, as root.

TRIALS is how often each pair is started at once (3). First both orders are tried one after the other; what two at once answer and leave
must be what one of the orders answers and leaves. The status is 1 if something was wrong.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.torture.pair_verbs import GROUPS, Group, Verb
from tests.torture.place import Place, scratch
from tests.torture.sources import write_sources
from tests.torture.traces import look, new_traces
from tests.torture.victim import HOST, run_words

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIALS = int(os.environ.get("TRIALS", "3"))
_UNNAMED = "SELECT EXISTS (SELECT 1 FROM images WHERE id NOT IN (SELECT image_id FROM image_names)) OR EXISTS (SELECT 1 FROM build_steps)"
_PATIENCE_S = 90
_SETTLES_S = 3
_BY_SIGNAL = 128
"""Such statuses are those of containers that were killed."""
_PS = (
    "ps",
    "-a",
    "--format",
    "{{.Names}} {{.State}} {{.Networks}}",
    "--filter",
    "name=^(victim|renamed|cloned|member|made|played.*)$",
)
_TABLES = {
    "images": "SELECT name FROM image_names", "volumes": "SELECT name FROM volumes", "networks": "SELECT name FROM networks",
    "pods": "SELECT name FROM pods", "secrets": "SELECT name FROM secrets", "containers": "SELECT name FROM containers",
}  # fmt: skip


class _Answer(NamedTuple):
    status: int
    said: str


class _Outcome(NamedTuple):
    """The statuses of both commands, and what is there afterwards."""

    statuses: tuple[int, int]
    state: frozenset[str]


def main() -> int:
    """Try the pairs that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.pairs", description=__doc__)
    parser.add_argument("names", nargs="*", default=["all"], metavar="NAME")
    parser.add_argument("--user", default="root", help="whose store it is")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("interrupted"))
    print(f"seed {arguments.seed}", flush=True)
    found = tried = 0
    last = "none"
    with Place(arguments.user) as place:
        write_sources(scratch(place, "sources"))
        try:
            for group, first, second in _pairs(arguments.names, rootless=place.rootless):
                found += _Pair(place, group, first, second).try_all()
                tried, last = tried + 1, f"{group.name}: {first.name} + {second.name}"
        finally:
            print(f"{tried} pairs, the last {last}; {found} problems", flush=True)
    return 1 if found else 0


def _pairs(names: list[str], *, rootless: bool) -> Iterator[tuple[Group, Verb, Verb]]:
    for group in GROUPS:
        verbs = [verb for verb in group.verbs if not (rootless and verb.as_root)]
        for first, second in itertools.combinations_with_replacement(verbs, 2):
            if first.is_more and second.is_more:
                continue
            if {"all", group.name, f"{first.name}+{second.name}", first.name, second.name} & set(names):
                yield group, first, second


class _Pair:
    """Two verbs of a group in one place."""

    def __init__(self, place: Place, group: Group, first: Verb, second: Verb) -> None:
        self._place = place
        self._group = group
        self._verbs = first, second
        self._words = (place_words(place, first.words), place_words(place, second.words))

    def try_all(self) -> int:
        """Return the number of problems, which are printed."""
        one, took_s = self._one_by_one((0, 1))
        before = look(self._place)
        expected = {one}
        found = 0
        for _ in range(TRIALS):
            problems = self._at_once(expected, took_s)
            self._clear()
            problems += sorted(new_traces(self._place, before))
            if problems:
                found += 1
                print(
                    f"{self._group.name}: {self._verbs[0].name} + {self._verbs[1].name}",
                    *problems,
                    sep="\n    ",
                    flush=True,
                )
                before = look(self._place)
        return found

    def _prepare(self) -> None:
        there = {name for _, name in _names(self._place)}
        for words in self._group.prepare:
            if "--ignore" in words and words[-1] in there:
                continue
            done = run_words(self._place, place_words(self._place, words))
            if done.returncode:
                print(
                    f"before {self._verbs[0].name} + {self._verbs[1].name}: {words}: {done.stderr.decode().strip()}",
                    flush=True,
                )

    def _clear(self) -> None:
        there = {name.removeprefix("localhost/") for _, name in _names(self._place)}
        for words in self._group.remove:
            is_needed = words[0] in (HOST, "kube") or there & set(place_words(self._place, words))
            if not is_needed and not ("prune" in words and _is_something_unnamed(self._place)):
                continue
            run_words(self._place, place_words(self._place, words))

    def _one_by_one(self, order: tuple[int, int]) -> tuple[_Outcome, float]:
        """Return what came of it, and the seconds that the first took."""
        self._clear()
        self._prepare()
        statuses = [0, 0]
        begun, took_s = time.monotonic(), 0.0
        for number in order:
            statuses[number] = run_words(self._place, self._words[number]).returncode
            took_s = took_s or time.monotonic() - begun
        outcome = _Outcome((statuses[0], statuses[1]), self._state())
        self._clear()
        return outcome, took_s

    def _at_once(self, expected: set[_Outcome], took_s: float) -> list[str]:
        self._prepare()
        order = random.choice(((0, 1), (1, 0)))
        started: dict[int, subprocess.Popen[bytes]] = {}
        for number in order:
            started[number] = self._place.pycman.start(
                *self._words[number], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            if number == order[0]:
                time.sleep(random.uniform(0, took_s * 0.6))
        answers = [_end(started[number]) for number in (0, 1)]
        problems = [
            f"{self._verbs[number].name} {problem}" for number in (0, 1) for problem in _insane(answers[number])
        ]
        statuses = answers[0].status, answers[1].status
        deadline = time.monotonic() + _SETTLES_S
        while (got := _Outcome(statuses, self._state())) not in expected and time.monotonic() < deadline:
            time.sleep(2)
        if got not in expected and len(expected) == 1:
            self._clear()
            expected.add(self._one_by_one((1, 0))[0])
        if got not in expected:
            problems += [
                f"no order of the two ends so: {_said(got)}",
                *(f"  one order: {_said(each)}" for each in expected),
            ]
            problems += [f"  {answer.said}" for answer in answers if answer.said]
        said = " / ".join(f"{answer.status} {answer.said[-160:]}" for answer in answers)
        print(f"    [{self._verbs[0].name} + {self._verbs[1].name}] {said}", flush=True)
        return problems

    def _state(self) -> frozenset[str]:
        done = self._place.pycman.run(*_PS)
        listed = (done.stdout + done.stderr).decode().splitlines()
        return frozenset((*listed, *(f"{kind}: {name}" for kind, name in _names(self._place) if kind != "containers")))


def _names(place: Place) -> set[tuple[str, str]]:
    """Return kind and name of all that the database has a row of, whatever its state."""
    connection = sqlite3.connect(f"file:{place.folder}/store/root/state.sqlite?mode=ro", uri=True, timeout=30)
    try:
        return {(kind, name) for kind, query in _TABLES.items() for (name,) in connection.execute(query)}
    finally:
        connection.close()


def _is_something_unnamed(place: Place) -> bool:
    connection = sqlite3.connect(f"file:{place.folder}/store/root/state.sqlite?mode=ro", uri=True, timeout=30)
    try:
        return bool(connection.execute(_UNNAMED).fetchone()[0])
    finally:
        connection.close()


def place_words(place: Place, words: tuple[str, ...]) -> tuple[str, ...]:
    """Fill in the files of a place."""
    files = {
        "OUT": place.out,
        "TAR": str(place.tar),
        "ARCHIVE": str(place.other_archive),
        "FOLDER": str(place.folder / "sources"),
        "HOST": place.registry.host,
    }
    return tuple(
        word.format(**files) if "{O" in word or "{T" in word or "{A" in word or "{F" in word or "{H" in word else word
        for word in words
    )


def _end(process: subprocess.Popen[bytes]) -> _Answer:
    try:
        out, error = process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, error = process.communicate()
        return _Answer(-1, f"hangs: {error.decode(errors='replace')}")
    del out
    return _Answer(process.returncode, error.decode(errors="replace").strip())


def _insane(answer: _Answer) -> list[str]:
    """Return what no answer may be."""
    problems = []
    if answer.status < 0:
        problems.append(f"ended with {answer.status}: {answer.said}")
    if "Traceback" in answer.said or "internal" in answer.said:
        problems.append(f"says {answer.said}")
    if answer.status and answer.status < _BY_SIGNAL and not answer.said:
        problems.append(f"ended with {answer.status} and says nothing")
    return problems


def _said(outcome: _Outcome) -> str:
    return f"{outcome.statuses} {sorted(outcome.state)}"


if __name__ == "__main__":
    sys.exit(main())
