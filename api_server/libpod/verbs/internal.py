"""What the event loop asks workers for: functions of (engine, their own arguments), which return JSON-shaped values."""

from __future__ import annotations

from api_server.libpod.shapes.containers import pod_stats_object, stats_object
from pods.api import Pods
from pycman.containers.inspect.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.engine import Engine


def sample(engine: Engine, names: list[str], every: bool, previous: list[dict[str, Any]]) -> dict[str, Any]:
    """Return samples of containers as podman's JSON, and as they are for the next call."""
    before = [Stats(**values) for values in previous]
    found = engine.containers.stats(names, all=every, previous=before)
    return {"shown": [stats_object(each) for each in found], "samples": [_values(each) for each in found]}


def sample_pods(engine: Engine, names: list[str], every: bool, previous: list[dict[str, Any]]) -> dict[str, Any]:
    """Return samples of pods' members, as `sample` does."""
    before = [Stats(**values) for values in previous]
    found = Pods(engine).stats(names, all=every, previous=before)
    return {"shown": [pod_stats_object(each) for each in found], "samples": [_values(each) for each in found]}


def _values(sample: Stats) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in sample._fields}


def top(engine: Engine, name: str, descriptors: list[str]) -> dict[str, Any]:
    """Return the processes of a container."""
    return _table(engine.containers.top(name, descriptors, inside=True))


def pod_top(engine: Engine, name: str, descriptors: list[str]) -> dict[str, Any]:
    """Return the processes of a pod's members."""
    return _table(Pods(engine).top(name, descriptors))


def _table(rows: list[list[str]]) -> dict[str, Any]:
    return {"Titles": rows[0], "Processes": rows[1:]}
