"""`run --rm` again and again, one after the other and eight at a time: nothing may grow."""

from __future__ import annotations

import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.torture.place import IMAGE
from tests.torture.traces import look

if TYPE_CHECKING:
    from tests.torture.place import Place

_BLOCKS = 10
_WORDS = ("run", "--rm", "-v", "/anonymous", IMAGE, "true")


def grow(place: Place, runs: int, at_once: int, until: float) -> list[str]:
    """Run `runs` containers, print a line for each tenth; return what there is at the end that was not there after the first tenth."""
    print(f"{runs} x `{' '.join(_WORDS)}`, {at_once} at a time", flush=True)
    print(
        f"{'runs':>8}{'each, ms':>10}{'CPU, ms':>10}{'most MiB':>10}{'files':>8}{'database, kB':>14}{'rows':>7}"
        f"{'processes':>11}{'mounts':>8}{'cgroups':>9}",
        flush=True,
    )
    found: list[str] = []
    first: set[str] = set()
    with ThreadPoolExecutor(at_once) as pool:
        for block in range(_BLOCKS):
            count = max(1, runs // _BLOCKS)
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            for problem in filter(None, pool.map(lambda _: _run(place), range(count))):
                found.append(problem)
                print(f"    {problem}", flush=True)
            took, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            now = _settled(place)
            first = first or now
            _print_line(
                place, (block + 1) * count, took * 1000 / count, spent * 1000 / count, after.ru_maxrss / 1024, now
            )
            if time.monotonic() > until:
                break
    grown = sorted(now - first)
    print(*(f"grown: {line}" for line in grown), sep="\n", flush=True)
    return found + grown


def _run(place: Place) -> str:
    done = place.pycman.run(*_WORDS, timeout=300)
    return f"ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}" if done.returncode else ""


def _settled(place: Place) -> set[str]:
    """Return what there is once the last cleanups are done."""
    deadline, before = time.monotonic() + 60, look(place)
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = look(place)
        if now == before:
            break
        before = now
    return before


def _print_line(place: Place, runs: int, each_ms: float, cpu_ms: float, most_mib: float, now: set[str]) -> None:
    store = place.folder / "store"
    size = sum(os.path.getsize(path) for path in Path(store / "root").glob("state.sqlite*"))
    files = sum(len(names) + len(folders) for top in ("root", "run") for _, folders, names in os.walk(store / top))
    rows = sum(int(line.rpartition(" ")[2]) for line in now if line.startswith("rows of "))
    processes, mounts, groups = (
        sum(line.startswith(kind) for line in now) for kind in ("process ", "mount ", "cgroup ")
    )
    print(
        f"{runs:>8}{each_ms:>10.0f}{cpu_ms:>10.0f}{most_mib:>10.1f}{files:>8}{size / 1024:>14.0f}{rows:>7}"
        f"{processes:>11}{mounts:>8}{groups:>9}",
        flush=True,
    )
