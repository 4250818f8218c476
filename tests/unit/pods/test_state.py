"""What the states of its members make of a pod (podman-pod-ps(1), "status")."""

from __future__ import annotations

import pytest

from pods.state import state_of_members
from pycman.containers.container import Container


def member(state: str, **fields) -> Container:
    return Container(id="c", name="c", state=state, **fields)


INFRA = {"is_infra": True}


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ([], "created"),
        (["created"], "created"),
        (["created", "created"], "created"),
        (["running"], "running"),
        (["running", "running"], "running"),
        (["running", "exited"], "degraded"),
        (["running", "created"], "degraded"),
        (["running", "paused"], "degraded"),
        (["paused", "paused"], "paused"),
        (["exited", "exited"], "exited"),
        (["exited", "restarting"], "exited"),
        (["exited", "created"], "stopped"),
        (["exited", "paused"], "stopped"),
    ],
)
def test_a_pod_is_what_its_members_are(states: list[str], wanted: str) -> None:
    assert state_of_members([member(state) for state in states]) == wanted


@pytest.mark.parametrize("kind", ["always", "once"])
def test_an_init_container_counts_only_while_it_runs(kind: str) -> None:
    assert state_of_members([member("running"), member("exited", init_kind=kind)]) == "running"
    assert state_of_members([member("created"), member("running", init_kind=kind)]) == "degraded"


def test_a_sidecar_counts_as_any_other_member() -> None:
    assert state_of_members([member("running"), member("exited", init_kind="sidecar")]) == "degraded"


def test_an_infra_container_without_a_process_counts_only_where_nothing_else_does() -> None:
    pinned = member("running", pinned=True, **INFRA)
    assert state_of_members([pinned, member("exited")]) == "exited"
    assert state_of_members([pinned]) == "running"
    assert state_of_members([member("running", **INFRA), member("exited")]) == "degraded"
