"""The plan of a play, by what exists already."""

from __future__ import annotations

import pytest

from kube_yaml.play.objects import StoredObject, StoredPod
from kube_yaml.play.plan import CREATE, KEEP, REMOVE, REPLACE, UPDATE, Existing, make_plan, plan_lines
from pycman.errors import AlreadyExists
from tests.support.plays import play_of

PLAY = play_of("""
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: m}
    data: {a: x}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]
          containers: [{name: c, image: 'i:1'}]
""")
FIRST, SECOND = PLAY.pods
OWNER = ("Deployment", "default", "web")


def stored_pod(name: str, *, hash: str, owner: tuple[str, str, str] = OWNER, abandoned: bool = False) -> StoredPod:
    kind, namespace, owner_name = owner
    return StoredPod(
        pod_id=f"id-{name}",
        pod_name=name,
        kind=kind,
        number=0,
        namespace=namespace,
        name=owner_name,
        hash=hash,
        abandoned=abandoned,
    )


def existing(*pods: StoredPod, others: dict | None = None, objects: dict | None = None, volumes=()) -> Existing:
    return Existing(
        objects=objects or {},
        pods={pod.pod_name: pod for pod in pods},
        pod_ids={pod.pod_name: pod.pod_id for pod in pods} | (others or {}),
        volumes=frozenset(volumes),
    )


def actions(there: Existing, *, replace: bool = False) -> dict[str, str]:
    return {change.name: change.action for change in make_plan(PLAY, there, replace=replace).changes}


def same(pod) -> StoredPod:
    return stored_pod(pod.name, hash=pod.spec.owner.hash)


def test_where_there_is_nothing_all_is_created() -> None:
    assert actions(existing()) == {"m": CREATE, "data": CREATE, "web-pod-0": CREATE, "web-pod-1": CREATE}


def test_what_is_the_same_is_kept() -> None:
    (kept,) = [each for each in PLAY.objects if each.kind == "ConfigMap"]
    objects = {
        ("ConfigMap", "default", "m"): StoredObject(
            kind="ConfigMap", namespace="default", name="m", hash=kept.hash, play="f"
        )
    }
    there = existing(same(FIRST), same(SECOND), objects=objects, volumes=["data"])
    assert set(actions(there).values()) == {KEEP}
    plan = make_plan(PLAY, there, replace=False)
    assert (plan.create, plan.keep, plan.remove) == ((), (FIRST, SECOND), ())


def test_a_changed_map_is_updated_in_place() -> None:
    objects = {
        ("ConfigMap", "default", "m"): StoredObject(
            kind="ConfigMap", namespace="default", name="m", hash="other", play="f"
        )
    }
    assert actions(existing(objects=objects))["m"] == UPDATE


def test_a_pod_that_differs_is_replaced_only_if_asked() -> None:
    there = existing(stored_pod(FIRST.name, hash="other"), same(SECOND))
    with pytest.raises(AlreadyExists) as caught:
        make_plan(PLAY, there, replace=False)
    assert "--replace" in caught.value.hint
    plan = make_plan(PLAY, there, replace=True)
    assert (plan.create, plan.keep, plan.remove) == ((FIRST,), (SECOND,), (FIRST.name,))


def test_a_pod_whose_making_was_interrupted_is_made_anew_without_being_asked() -> None:
    there = existing(stored_pod(FIRST.name, hash=FIRST.spec.owner.hash, abandoned=True))
    assert actions(there)[FIRST.name] == REPLACE


@pytest.mark.parametrize("pods", [(), (stored_pod(FIRST.name, hash="x", owner=("Pod", "default", "other")),)])
def test_the_name_of_another_pod_is_taken_only_if_asked(pods: tuple) -> None:
    there = existing(*pods, others={FIRST.name: "another"})
    with pytest.raises(AlreadyExists):
        make_plan(PLAY, there, replace=False)
    assert actions(there, replace=True)[FIRST.name] == REPLACE


def test_pods_beyond_the_replicas_go_and_those_of_other_objects_stay() -> None:
    there = existing(
        same(FIRST), same(SECOND), stored_pod("web-pod-2", hash="x"), stored_pod("db-pod", hash="x", owner=("Deployment", "default", "db"))
    )  # fmt: skip
    plan = make_plan(PLAY, there, replace=False)
    assert plan.remove == ("web-pod-2",)
    assert [change.name for change in plan.changes if change.action == REMOVE] == ["web-pod-2"]


def test_a_plan_in_lines_has_what_is_done_first() -> None:
    lines = plan_lines(make_plan(PLAY, existing(same(FIRST)), replace=False).changes)
    assert lines == [
        "create ConfigMap m", "create volume data (used by a pod)", "create pod web-pod-1", "keep pod web-pod-0",
    ]  # fmt: skip


def test_pods_that_are_there_are_an_error_or_made_anew_where_nothing_is_kept() -> None:
    there = existing(*(stored_pod(pod.name, hash=pod.spec.owner.hash) for pod in (FIRST, SECOND)))
    with pytest.raises(AlreadyExists, match="already exists"):
        make_plan(PLAY, there, replace=False, always_new=True)
    plan = make_plan(PLAY, there, replace=True, always_new=True)
    assert set(plan.remove) == {FIRST.name, SECOND.name}
    assert not plan.keep
