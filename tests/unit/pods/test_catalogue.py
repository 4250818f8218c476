"""pod ps --filter, and pods by name, id and prefix (podman-pod-ps(1))."""

from __future__ import annotations

import pytest

from pods.catalogue import find_pod, get_id, get_pod, list_pods
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import format_json
from tests.support.sessions import insert_container, open_session

WEB, DB, MAKING = "a1" + "0" * 62, "a2" + "0" * 62, "b1" + "0" * 62


def insert_pod(
    session, pod_id: str, name: str, *, labels: dict | None = None, created_at_ns: int = 0, row_state: str = "ready"
) -> None:
    session.db.change(
        "INSERT INTO pods (id, name, row_state, spec, labels, exit_policy, created_at_ns) VALUES (?, ?, ?, '{}', ?, 'continue', ?)",
        (pod_id, name, row_state, format_json(labels or {}), created_at_ns),
    )


@pytest.fixture
def session(tmp_path):
    """`web` with an infra container and a worker; `db`, newer and empty; one that is still being made."""
    with open_session(tmp_path) as opened:
        insert_pod(opened, WEB, "web", labels={"tier": "front", "own": ""}, created_at_ns=10**18)
        insert_pod(opened, DB, "db", labels={"tier": "back"}, created_at_ns=2 * 10**18)
        insert_pod(opened, MAKING, "making", row_state="creating", created_at_ns=3 * 10**18)
        insert_container(opened, "c1" + "0" * 62, pod_id=WEB, is_infra=1, networks=format_json(["red"]))
        insert_container(opened, "c2" + "0" * 62, pod_id=WEB)
        yield opened


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([], ["db", "web"]),  # the newest first
        ([("name", "w")], ["web"]), ([("name", "^b")], []), ([("name", "we"), ("name", "d")], ["db", "web"]),
        ([("id", "a1")], ["web"]), ([("id", "1")], []), ([("id", "^a[1]")], ["web"]),
        ([("label", "tier")], ["db", "web"]), ([("label", "tier=front")], ["web"]), ([("label", "tier=front"), ("label", "own")], ["web"]),
        ([("label", "tier=front"), ("label", "tier=back")], []), ([("label!", "tier=front")], ["db"]),
        ([("status", "created")], ["db", "web"]), ([("status", "Running")], []),
        ([("ctr-number", "2")], ["web"]), ([("ctr-number", "0")], ["db"]), ([("ctr-ids", "c2")], ["web"]), ([("ctr-names", "c-c2")], ["web"]),
        ([("ctr-status", "created")], ["web"]), ([("network", "red")], ["web"]), ([("network", "blue")], []),
        ([("until", "2010-01-01")], ["web"]),
        ([("name", "web"), ("label", "tier=back")], []),
    ],
    ids=str,
)  # fmt: skip
def test_pods_are_listed_by_all_filters(session, filters: list, wanted: list[str]) -> None:
    assert [pod.name for pod in list_pods(session, filters)] == wanted


@pytest.mark.parametrize(
    ("filters", "says"),
    [([("colour", "red")], "colour"), ([("status", "odd")], "odd"), ([("ctr-number", "many")], "ctr-number=many"), ([("ctr-number", "²")], "²")],
)  # fmt: skip
def test_a_wrong_filter_is_named(session, filters: list, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        list_pods(session, filters)
    assert says in caught.value.subject


def test_a_pod_is_found_by_name_id_and_a_prefix_that_fits_one(session) -> None:
    assert get_id(session, "web") == get_id(session, WEB) == get_id(session, "a1") == WEB
    with pytest.raises(InvalidInput, match="more than one"):
        get_pod(session, "a")
    for name in ("", "we", "b1", "nosuch"):
        assert find_pod(session, name) is None
    with pytest.raises(NotFound) as caught:
        get_pod(session, "nosuch")
    assert str(caught.value).startswith("no such pod: nosuch")


def test_members_are_the_oldest_first_and_the_infra_container_is_no_worker(session) -> None:
    pod = get_pod(session, "web")
    assert [member.id[:2] for member in pod.members] == ["c1", "c2"]
    assert pod.infra_id[:2] == "c1"
    assert [worker.id[:2] for worker in pod.workers] == ["c2"]
    assert get_pod(session, "db").infra_id == ""
