"""What starts with the host, and in which order."""

from __future__ import annotations

import json

import pytest

from pods.boot import BootUnit, start_order, stop_waves, units_of


def row(name, *, pod="", policy="no", stopped=0, health=0, infra=0, **spec):
    return {
        "id": f"id-{name}", "name": name, "pod_id": pod, "is_infra": infra, "restart_policy": policy, "stopped_by_user": stopped,
        "has_health": health, "spec": json.dumps(spec),
    }  # fmt: skip


def order(rows, pods=None):
    return [unit.name for unit in start_order(units_of(rows, pods or {}))]


@pytest.mark.parametrize(
    ("policy", "stopped", "starts"),
    [("no", 0, False), ("on-failure", 0, False), ("always", 1, True), ("unless-stopped", 0, True), ("unless-stopped", 1, False)],
)  # fmt: skip
def test_the_policy_decides(policy, stopped, starts):
    assert order([row("c", policy=policy, stopped=stopped)]) == (["c"] if starts else [])


def test_what_others_need_starts_first_whatever_its_policy():
    rows = [
        row("web", policy="always", requires=["id-db"], volumes_from=["data:ro"]),
        row("side", policy="always", network={"kind": "container", "value": "id-web"}),
        row("db"),
        row("data"),
        row("other"),
    ]
    assert order(rows) == ["db", "data", "web", "side"]


def test_a_pod_is_one_unit_with_the_needs_of_its_members():
    rows = [
        row("infra", pod="p", infra=1, policy="always"),
        row("a", pod="p", policy="no"),
        row("b", pod="p", policy="always", requires=["id-db"], health=1),
        row("db", health=1),
        row("lonely", pod="q", infra=1, policy="always"),
    ]
    units = units_of(rows, {"p": "the-pod", "q": "idle"})
    assert [unit.name for unit in start_order(units)] == ["db", "the-pod"]
    assert units[0] == BootUnit(
        id="p", name="the-pod", is_pod=True, members=("id-infra", "id-a", "id-b"), needs=("id-db",), wanted=True,
        checked=("id-b",),
    )  # fmt: skip


def test_a_circle_and_a_missing_container_keep_nothing_from_starting():
    rows = [row("a", policy="always", requires=["id-b", "id-gone"]), row("b", requires=["id-a"])]
    assert order(rows) == ["b", "a"]


def test_units_are_stopped_at_once_but_none_before_those_that_need_it():
    rows = [
        row("db"), row("cache", policy="always"), row("web", policy="always", requires=["id-db", "id-cache"]),
        row("proxy", policy="always", requires=["id-web"]), row("lonely", policy="always"),
    ]  # fmt: skip
    waves = stop_waves(start_order(units_of(rows, {})))
    assert [sorted(unit.name for unit in wave) for wave in waves] == [["lonely", "proxy"], ["web"], ["cache", "db"]]
    assert stop_waves([]) == []
