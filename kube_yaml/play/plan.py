"""Compare a Play with what exists: what to create, keep, update, replace or remove. Pure; `kube play --dry-run` prints it."""

from __future__ import annotations

from pycman.errors import AlreadyExists
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kube_yaml.play.objects import StoredObject, StoredPod
    from kube_yaml.translate.plans import ObjectPlan, Play, PodPlan

CREATE, KEEP, UPDATE, REPLACE, REMOVE = "create", "keep", "update", "replace", "remove"


class Change(Record):
    """One line of a plan. `action` is CREATE, KEEP, UPDATE, REPLACE or REMOVE; `why` gives a reason, or is ""."""

    action: str
    kind: str
    name: str
    why: str = ""

    def describe(self) -> str:
        """Return the change as one line: ACTION KIND NAME (WHY)."""
        return f"{self.action} {self.kind} {self.name}" + (f" ({self.why})" if self.why else "")


class Existing(Record):
    """What exists: played objects by key, pods created for objects, ids of all pods by name, names of the volumes that the play uses."""

    objects: Mapping[tuple[str, str, str], StoredObject]
    pods: Mapping[str, StoredPod]
    """By the pod's name."""
    pod_ids: Mapping[str, str]
    volumes: frozenset[str]


class Plan(Record):
    """The pods to create, keep and remove, and every change as a line for people."""

    changes: tuple[Change, ...]
    create: tuple[PodPlan, ...] = ()
    keep: tuple[PodPlan, ...] = ()
    remove: tuple[str, ...] = ()
    """Names of pods to remove first: those that are replaced, and those beyond the replicas of their object."""


def make_plan(play: Play, existing: Existing, *, replace: bool, always_new: bool = False) -> Plan:
    """Return the plan. Raises AlreadyExists for pods that differ, or that belong to another object or to none, unless `replace`.

    `always_new`: pods that have not changed are not kept either.
    """
    changes = [_object_change(plan, existing) for plan in play.objects
               if plan.kind in ("ConfigMap", "Secret", "Service")]  # fmt: skip
    changes += [
        Change(action=KEEP if volume.spec.name in existing.volumes else CREATE, kind="volume", name=volume.spec.name,
               why="" if volume.has_document else "used by a pod")
        for volume in play.volumes
    ]  # fmt: skip
    create: list[PodPlan] = []
    keep: list[PodPlan] = []
    remove: list[str] = []
    for pod in play.pods:
        change = _pod_change(pod, existing, replace=replace, always_new=always_new)
        changes.append(change)
        (keep if change.action == KEEP else create).append(pod)
        if change.action == REPLACE:
            remove.append(pod.name)
    surplus = _surplus(play, existing)
    changes += [Change(action=REMOVE, kind="pod", name=name, why="no longer needed") for name in surplus]
    return Plan(changes=tuple(changes), create=tuple(create), keep=tuple(keep), remove=(*remove, *surplus))


def _object_change(plan: ObjectPlan, existing: Existing) -> Change:
    stored = existing.objects.get((plan.kind, plan.namespace, plan.name))
    action = CREATE if stored is None else KEEP if stored.hash == plan.hash else UPDATE
    return Change(action=action, kind=plan.kind, name=plan.name)


def _pod_change(pod: PodPlan, existing: Existing, *, replace: bool, always_new: bool) -> Change:
    owner = pod.spec.owner
    assert owner is not None
    if pod.name not in existing.pod_ids:
        return Change(action=CREATE, kind="pod", name=pod.name)
    stored = existing.pods.get(pod.name)
    if stored is not None and stored.owner == (owner.kind, owner.namespace, owner.name):
        if stored.abandoned:
            return Change(action=REPLACE, kind="pod", name=pod.name, why="its creation was interrupted")
        if stored.hash == owner.hash and not always_new:
            return Change(action=KEEP, kind="pod", name=pod.name)
        if replace:
            why = "" if stored.hash == owner.hash else "it differs"
            return Change(action=REPLACE, kind="pod", name=pod.name, why=why)
        if always_new:
            raise AlreadyExists(
                "the pod already exists",
                subject=pod.name,
                hint="use --replace, or run kube down first",
                code="pod-name-taken",
            )
        raise AlreadyExists("the pod already exists and differs from the file", subject=pod.name, hint="use --replace")
    if replace:
        return Change(action=REPLACE, kind="pod", name=pod.name, why="another pod has its name")
    raise AlreadyExists(
        "another pod has this name",
        subject=pod.name,
        hint="use --replace, or choose another name",
        code="pod-name-taken",
    )


def _surplus(play: Play, existing: Existing) -> list[str]:
    """Return the names of existing pods of the play's objects that are not in the play, as after a decrease of replicas."""
    names = {pod.name for pod in play.pods}
    owners = {(plan.kind, plan.namespace, plan.name) for plan in play.objects}
    return [name for name, stored in existing.pods.items() if stored.owner in owners and name not in names]


def plan_lines(changes: Sequence[Change]) -> list[str]:
    """Return the lines of a plan: first what changes, then what is kept."""
    changed = [change.describe() for change in changes if change.action != KEEP]
    return [*changed, *(change.describe() for change in changes if change.action == KEEP)]
