"""The commands that are killed: what there must be before, the words, and what must work afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.torture.more_victims import more_victims
from tests.torture.place import IMAGE, LARGE, NAME, scratch
from tests.torture.sources import write_sources
from tests.torture.victim import Victim

if TYPE_CHECKING:
    from tests.torture.place import Place


def victims(place: Place) -> dict[str, Callable[[], Victim]]:
    """Return the victims by name; some choose among several commands anew each time."""
    context = write_sources(scratch(place, "context"))
    yaml = context / "pod.yaml"
    pulled = f"{place.registry.host}/{LARGE}"
    container = (IMAGE, "sleep", "100000")
    named = ("--name", NAME, "-v", "/anonymous", "-v", "named:/named", "-p", "8081:81", "--health-cmd", "true")
    long = ("run", "-d", *named, *container)
    down, gone = ("kube", "down", str(yaml)), ("rm", "-f", "-v", "-t", "0", NAME)
    play, built = ("kube", "play", str(yaml)), ("rmi", "-f", "-i", "built:1")
    everything = (("volume", "rm", "-f", "named"),)
    return {
        "pull": lambda: Victim(("pull", "-q", "--tls-verify=false", pulled), remove=(("rmi", "-f", "-i", pulled), ("image", "prune", "-f"))),
        "build": lambda: Victim(
            ("build", "-q", "-t", "built:1", str(context)), remove=(built, ("builder", "prune", "-f", "--all"))
        ),
        "run": lambda: Victim(
            random.choice((("run", "--rm", *named, IMAGE, "true"), long, ("run", *named, "--network", "none", IMAGE, "true"))),
            tidy=(gone,), remove=(gone, *everything),
        ),
        "stop": lambda: Victim(("stop", "-t", "0", NAME), (gone, long), tidy=(("start", NAME),), remove=(gone, *everything)),
        "rm": lambda: Victim(
            ("rm", "-f", "-v", "-t", "0", NAME), (gone, random.choice((long, ("create", *named, *container)))),
            remove=(gone, *everything),
        ),
        "play": lambda: Victim(play, tidy=(down,), remove=(down, ("volume", "rm", "-f", "played-data"))),
        "down": lambda: Victim(down, (down, play), remove=(down, ("volume", "rm", "-f", "played-data"))),
        "network": lambda: Victim(
            random.choice((("network", "connect", "other", NAME), ("network", "disconnect", "podman", NAME))),
            (gone, ("network", "rm", "-f", "other"), ("network", "create", "other"), long),
            tidy=(gone, long, ("network", "rm", "-f", "other"), ("network", "create", "other")),
            remove=(gone, ("network", "rm", "-f", "other"), *everything),
        ),
        "exec": lambda: Victim(("exec", NAME, "sh", "-c", "sleep 0.2; true"), (gone, long), remove=(gone, *everything)),
        "commit": lambda: Victim(
            ("commit", "-q", NAME, "built:1"), (gone, long), remove=(gone, built, *everything, ("image", "prune", "-f"))
        ),
        **more_victims(place, long, gone),
    }  # fmt: skip
