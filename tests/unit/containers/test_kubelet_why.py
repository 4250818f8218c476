"""`why` and `doctor` know a kubelet's pods: what the runtime can know is told, and what only the kubelet knows is said to be its own."""

from __future__ import annotations

import os
import time

import pytest

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.containers.diagnose.kubelet import explain_kubelets, waiting_pods
from pycman.linux.processes import boot_id, start_time
from pycman.system.checks.kubelet import kubelet_pods
from tests.support.sessions import insert_container, open_session

POD = "e" * 64
ALIVE = {"boot_id": boot_id(), "pid": os.getpid(), "pid_start": start_time(os.getpid())}


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


def insert_pod(session, *, alive: bool = True) -> None:
    session.db.change(
        "INSERT INTO pods (id, name, row_state, spec, exit_policy, created_at_ns) VALUES (?, 'k8s-web', 'ready', '{}', '', 1)",
        (POD,),
    )
    session.db.change(
        "INSERT INTO cri_sandboxes (pod_id, name, uid, namespace, attempt, config, ready) VALUES (?, 'web', 'u', 'prod', 0, '{}', 1)",
        (POD,),
    )
    insert_container(session, "f" * 64, name="infra", pod_id=POD, is_infra=1, **(ALIVE if alive else {}))


def insert_member(session, number: int, *, attempt: int = 0, **columns) -> str:
    container_id = f"{number:064x}"
    insert_container(session, container_id, name=f"c{number}", pod_id=POD, **columns)
    session.db.change(
        "INSERT INTO cri_containers (container_id, pod_id, name, attempt, config) VALUES (?, ?, 'httpd', ?, '{}')",
        (container_id, POD, attempt),
    )
    return container_id


def reasons(session, name: str, state: str) -> list[str]:
    return [finding.reference for finding in explain_kubelets(session, get_row(session, name), state)]


def test_the_state_says_what_the_kubelet_does_next(session) -> None:
    insert_pod(session)
    insert_member(session, 1)
    assert reasons(session, "c1", states.CREATED) == ["waits-for-kubelet"]
    assert reasons(session, "c1", states.RUNNING) == ["kubelets-probes"]
    assert reasons(session, "c1", states.EXITED) == ["kubelets-back-off"]
    (finding,) = explain_kubelets(session, get_row(session, "c1"), states.RUNNING)
    assert finding.fix == "see them: kubectl -n prod describe pod web"
    insert_member(session, 2, attempt=1)
    assert reasons(session, "c1", states.EXITED) == ["replaced-by-kubelet"]
    assert reasons(session, "c2", states.EXITED) == ["kubelets-back-off"]


def test_of_an_ended_sandbox_the_kubelet_makes_another(session) -> None:
    insert_pod(session, alive=False)
    insert_member(session, 1)
    assert reasons(session, "c1", states.EXITED) == ["sandbox-ended"]
    assert waiting_pods(session) == ["prod/web: its sandbox has ended, and the kubelet has made no other yet"]


def test_containers_of_nobodys_kubelet_are_passed_over(session) -> None:
    insert_container(session, "a" * 64, name="own")
    assert reasons(session, "own", states.EXITED) == []
    assert kubelet_pods(session)["status"] == "ok"


def test_doctor_tells_which_pods_wait_and_for_what(session) -> None:
    insert_pod(session)
    assert waiting_pods(session) == [
        "prod/web: it has no containers: the kubelet pulls an image, is in ImagePullBackOff, or waits for a volume"
    ]
    now = time.time_ns()
    container = insert_member(session, 1, started_at_ns=now - 9, finished_at_ns=now, exit_status=3)
    assert waiting_pods(session) == ["prod/web: httpd exited with status 3, the kubelet is in its back-off"]
    found = kubelet_pods(session)
    assert (found["status"], found["id"]) == ("warn", "kubelet-pods")
    assert "exited with status 3" in found["found"]
    session.db.change("UPDATE containers SET exit_status = 0 WHERE id = ?", (container,))
    assert kubelet_pods(session)["found"] == "nothing waits in 1 pods of a kubelet"
