"""Fuzz targets: `python -m tests.fuzz [--minutes N] [--seed N] [all | NAME…]`. The status is 1 if something fell."""

from __future__ import annotations

import argparse
import random
import sys

from tests.fuzz.engine import fuzz
from tests.fuzz.target import names


def main() -> int:
    """Fuzz the targets one after the other, each its share of the time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=["all"], metavar="NAME")
    parser.add_argument("--minutes", type=float, default=1, help="for all targets together")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    wanted = names() if "all" in arguments.targets else arguments.targets
    unknown = set(wanted) - set(names())
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    print(f"seed {arguments.seed}", flush=True)
    found = {name: fuzz(name, 60 * arguments.minutes / len(wanted), arguments.seed) for name in wanted}
    for name, number in found.items():
        if number:
            print(f"{name}: {number} new findings in tests/data/fuzz/{name}", flush=True)
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
