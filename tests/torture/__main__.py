"""Torture: `python -m tests.torture [--user NAME] [--seed N] [all | runs | NAME…]`, as root. The status is 1 if something was wrong.

MINUTES is the time for each of them (10), RUNS how many `run --rm` (10000), KILLS how often each command is killed (200), PODS how many
pods come and go in cri-storm (200).
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time

from tests.torture.api_victims import api_victims, kill_api_at_random
from tests.torture.cri_storm import storm
from tests.torture.cri_victims import CRI_VICTIMS, kill_cri_at_random
from tests.torture.growth import grow
from tests.torture.killing import Killing
from tests.torture.place import Place
from tests.torture.victims import victims

MINUTES = float(os.environ.get("MINUTES", "10"))
RUNS = int(os.environ.get("RUNS", "10000"))
KILLS = int(os.environ.get("KILLS", "200"))
PODS = int(os.environ.get("PODS", "200"))
_RUNS = {"runs": 1, "runs-at-once": 8}
"""How many `run --rm` at a time."""
_IN_TURN = 5
"""How often a command is killed before it is the turn of the next."""
_STORM = "cri-storm"


def main() -> int:
    """Torture what was asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", default=["all"], metavar="NAME")
    parser.add_argument("--user", default="root", help="whose store it is")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job ignores SIGINT
        signal.signal(number, lambda *_: sys.exit("interrupted"))
    print(f"seed {arguments.seed}", flush=True)
    found: list[str] = []
    with Place(arguments.user) as place:
        killed = victims(place)
        asked = api_victims(place)
        known = [*_RUNS, *killed, *asked, *((*CRI_VICTIMS, _STORM) if arguments.user == "root" else ())]
        wanted = known if "all" in arguments.names else arguments.names
        if unknown := set(wanted) - set(known):
            parser.error(f"not known: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        for name in wanted:
            if name in _RUNS:
                found += grow(place, RUNS, _RUNS[name], _until())
            elif name == _STORM:
                found += storm(place, PODS, _until())
            elif name in CRI_VICTIMS:
                found += kill_cri_at_random(place, name, KILLS, _until())
        if requests := [name for name in wanted if name in asked]:
            found += kill_api_at_random(place, requests, KILLS, time.monotonic() + 60 * MINUTES * len(requests))
        found += _kill_in_turn([Killing(place, name, killed[name]) for name in wanted if name in killed])
    print(f"{len(found)} problems", *found, sep="\n    ", flush=True)
    return 1 if found else 0


def _kill_in_turn(victims: list[Killing]) -> list[str]:
    """Kill each some times, one after the other and again, so that all have been killed about as often when the time is over."""
    until = time.monotonic() + 60 * MINUTES * len(victims)
    while time.monotonic() < until and any(victim.number < KILLS for victim in victims):
        for victim in victims:
            if time.monotonic() < until and victim.number < KILLS:
                victim.some(min(_IN_TURN, KILLS - victim.number))
    print(*(victim.result for victim in victims), sep="\n", flush=True)
    return [problem for victim in victims for problem in victim.found]


def _until() -> float:
    return time.monotonic() + 60 * MINUTES


if __name__ == "__main__":
    sys.exit(main())
