"""The service container of a play: which pods have it, and when it is over (podman's kube play --service-container)."""

from __future__ import annotations

import pytest

from pycman.containers.end import service_end
from pycman.containers.end.service_pods import pods_of_service, refuse_service, service_is_made, service_of
from pycman.errors import InUse
from pycman.jsontext import format_json
from pycman.spec.container import ContainerSpec
from pycman.spec.pod import PodSpec
from tests.support.sessions import insert_container, open_session

SERVICE, FIRST, SECOND = "5" * 64, "a" * 64, "b" * 64


@pytest.fixture
def session(tmp_path):
    """Two pods with one service container; the first has ended, its worker with status 3."""
    with open_session(tmp_path) as opened:
        for pod in (FIRST, SECOND):
            spec = format_json(PodSpec(name=f"p{pod[0]}", service_container=SERVICE).to_dict())
            opened.db.change(
                "INSERT INTO pods (id, name, row_state, spec, labels, exit_policy, created_at_ns)"
                " VALUES (?, ?, 'ready', ?, '{}', 'stop', 1)",
                (pod, f"p{pod[0]}", spec),
            )
        insert_container(opened, "1" * 64, pod_id=FIRST, is_infra=1, started_at_ns=1, finished_at_ns=2, exit_status=137)
        insert_container(opened, "2" * 64, pod_id=FIRST, started_at_ns=1, finished_at_ns=2, exit_status=3)
        insert_container(opened, "3" * 64, pod_id=SECOND)
        yield opened


def stops(session, monkeypatch, policy: str) -> list[dict]:
    """Return how the service container is stopped."""
    calls: list[dict] = []
    spec = ContainerSpec(name="x-service", service_exit=policy)
    insert_container(session, SERVICE, spec=format_json(spec.to_dict()))
    monkeypatch.setattr(service_end, "stop_one", lambda _session, _id, **options: calls.append(options))
    service_end.after_pod_end(session, FIRST)
    return calls


def test_pods_name_their_service_container_which_cannot_be_removed_without_them(session) -> None:
    assert service_of(session, FIRST) == SERVICE
    assert pods_of_service(session, SERVICE) == [FIRST, SECOND]
    with pytest.raises(InUse, match=f"{FIRST}, {SECOND}"):
        refuse_service(session, SERVICE, "x-service")
    refuse_service(session, FIRST, "no service container")


def test_it_goes_on_while_a_pod_has_not_been_started(session, monkeypatch) -> None:
    assert stops(session, monkeypatch, "none") == []


@pytest.mark.parametrize(
    ("policy", "other_status", "is_killed"),
    [("none", 3, False), ("any", 0, True), ("all", 0, False), ("all", 4, True)],
)
def test_its_end_tells_of_failed_containers_as_it_was_asked_to(
    session, monkeypatch, policy, other_status, is_killed
) -> None:
    session.db.change(
        "UPDATE containers SET started_at_ns = 1, finished_at_ns = 2, exit_status = ? WHERE pod_id = ?",
        (other_status, SECOND),
    )
    (call,) = stops(session, monkeypatch, policy)
    assert (call["signal"] == "KILL", call["timeout_s"] == 0) == (is_killed, is_killed)


def test_it_is_not_over_while_a_play_makes_pods_of_it(session, monkeypatch) -> None:
    session.db.change("UPDATE containers SET started_at_ns = 1, finished_at_ns = 2")
    with service_is_made(session, SERVICE):
        assert stops(session, monkeypatch, "none") == []
    service_end.end_service_if_over(session, SERVICE)
