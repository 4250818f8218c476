"""The commands that are killed: what there must be before, the words, and what must work afterwards."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.torture.place import IMAGE, scratch

if TYPE_CHECKING:
    from tests.torture.place import Place

_POD = """apiVersion: v1
kind: Pod
metadata: {{name: played}}
spec:
  terminationGracePeriodSeconds: 0
  volumes: [{{name: v, persistentVolumeClaim: {{claimName: played-data}}}}, {{name: e, emptyDir: {{}}}}]
  initContainers:
    - {{name: first, image: {0}, command: ["true"]}}
  containers:
    - {{name: a, image: {0}, command: [sleep, "100000"], ports: [{{containerPort: 80, hostPort: 8080}}],
        volumeMounts: [{{name: v, mountPath: /v}}, {{name: e, mountPath: /e}}]}}
    - {{name: b, image: {0}, command: [sleep, "100000"], volumeMounts: [{{name: v, mountPath: /v}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: played-service}}
spec: {{selector: {{app: none}}, ports: [{{port: 80}}]}}
"""
_NAME = "victim"
"""No hexadecimal digits: `rm c` would take another container whose id begins with c."""
_DOCKERFILE = f"""FROM {IMAGE} AS one
COPY a /a
RUN echo x > /x
FROM {IMAGE}
WORKDIR /w
RUN --mount=type=cache,target=/c echo y > /c/y
COPY --from=one /a /x /
RUN cat /a /x > /both
"""


class Victim(NamedTuple):
    """One command. `prepare` makes what it needs, `words` is killed, `again` must succeed afterwards with `tidy` before it."""

    words: tuple[str, ...]
    prepare: tuple[tuple[str, ...], ...] = ()
    tidy: tuple[tuple[str, ...], ...] = ()
    remove: tuple[tuple[str, ...], ...] = ()


def victims(place: Place) -> dict[str, Callable[[], Victim]]:
    """Return the victims by name; some choose among several commands anew each time."""
    yaml = scratch(place, "play") / "pod.yaml"
    yaml.write_text(_POD.format(IMAGE))
    context = _context(place)
    pulled = f"{place.registry.host}/busybox:1"
    container = (IMAGE, "sleep", "100000")
    named = ("--name", _NAME, "-v", "/anonymous", "-v", "named:/named", "-p", "8081:81", "--health-cmd", "true")
    long = ("run", "-d", *named, *container)
    down, gone = ("kube", "down", str(yaml)), ("rm", "-f", "-v", "-t", "0", _NAME)
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
        "stop": lambda: Victim(("stop", "-t", "0", _NAME), (gone, long), tidy=(("start", _NAME),), remove=(gone, *everything)),
        "rm": lambda: Victim(
            ("rm", "-f", "-v", "-t", "0", _NAME), (gone, random.choice((long, ("create", *named, *container)))),
            remove=(gone, *everything),
        ),
        "play": lambda: Victim(play, tidy=(down,), remove=(down, ("volume", "rm", "-f", "played-data"))),
        "down": lambda: Victim(down, (down, play), remove=(down, ("volume", "rm", "-f", "played-data"))),
        "network": lambda: Victim(
            random.choice((("network", "connect", "other", _NAME), ("network", "disconnect", "podman", _NAME))),
            (gone, ("network", "rm", "-f", "other"), ("network", "create", "other"), long),
            tidy=(gone, long, ("network", "rm", "-f", "other"), ("network", "create", "other")),
            remove=(gone, ("network", "rm", "-f", "other"), *everything),
        ),
        "exec": lambda: Victim(("exec", _NAME, "sh", "-c", "sleep 0.2; true"), (gone, long), remove=(gone, *everything)),
        "commit": lambda: Victim(
            ("commit", "-q", _NAME, "built:1"), (gone, long), remove=(gone, built, *everything, ("image", "prune", "-f"))
        ),
    }  # fmt: skip


def _context(place: Place) -> Path:
    folder = scratch(place, "context")
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    (folder / "a").write_text("a\n")
    for path in folder.iterdir():
        os.chmod(path, 0o644)
    return folder
