"""A Play against what is there: what would be created, kept, updated, replaced or removed. Pure; it can be printed."""

from __future__ import annotations

from pycman.errors import AlreadyExists
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kube_yaml.play.objects import Kept, KeptPod
    from kube_yaml.translate.plans import Play, PodPlan

CREATE, KEEP, UPDATE, REPLACE, REMOVE = "create", "keep", "update", "replace", "remove"


class Change(Record):
    """One line of a plan. `why` says what differs, "" if there is nothing to say."""

    action: str
    kind: str
    name: str
    why: str = ""

    def describe(self) -> str:
        """Return the change in words."""
        return f"{self.action} {self.kind} {self.name}" + (f" ({self.why})" if self.why else "")


class Present(Record):
    """What there is: played objects, pods made for objects, all pods by name (with id), all volumes."""

    objects: Mapping[tuple[str, str, str], Kept]
    pods: Mapping[str, KeptPod]
    """By the pod's name."""
    pod_ids: Mapping[str, str]
    volumes: frozenset[str]


class Plan(Record):
    """What has to be done, and the same in lines to be shown."""

    changes: tuple[Change, ...]
    create: tuple[PodPlan, ...] = ()
    keep: tuple[PodPlan, ...] = ()
    remove: tuple[str, ...] = ()
    """Names of pods that go first: those replaced, and those of objects that want fewer now."""


def make_plan(play: Play, present: Present, *, replace: bool) -> Plan:
    """Return the plan. Raises AlreadyExists for pods that differ or are somebody else's, unless `replace`."""
    changes = [_object_change(each.kind, each.namespace, each.name, each.hash, present) for each in play.objects
               if each.kind in ("ConfigMap", "Secret", "Service")]  # fmt: skip
    changes += [
        Change(action=KEEP if each.spec.name in present.volumes else CREATE, kind="volume", name=each.spec.name,
               why="" if each.has_document else "a pod names it")
        for each in play.volumes
    ]  # fmt: skip
    create: list[PodPlan] = []
    keep: list[PodPlan] = []
    remove: list[str] = []
    for pod in play.pods:
        change = _pod_change(pod, present, replace=replace)
        changes.append(change)
        (keep if change.action == KEEP else create).append(pod)
        if change.action == REPLACE:
            remove.append(pod.name)
    surplus = _surplus(play, present)
    changes += [Change(action=REMOVE, kind="pod", name=name, why="it is not wanted any more") for name in surplus]
    return Plan(changes=tuple(changes), create=tuple(create), keep=tuple(keep), remove=(*remove, *surplus))


def _object_change(kind: str, namespace: str, name: str, digest: str, present: Present) -> Change:
    known = present.objects.get((kind, namespace, name))
    action = CREATE if known is None else KEEP if known.hash == digest else UPDATE
    return Change(action=action, kind=kind, name=name)


def _pod_change(pod: PodPlan, present: Present, *, replace: bool) -> Change:
    owner = pod.spec.owner
    assert owner is not None
    if pod.name not in present.pod_ids:
        return Change(action=CREATE, kind="pod", name=pod.name)
    known = present.pods.get(pod.name)
    if known is not None and known.owner == (owner.kind, owner.namespace, owner.name):
        if known.abandoned:
            return Change(action=REPLACE, kind="pod", name=pod.name, why="its making was interrupted")
        if known.hash == owner.hash:
            return Change(action=KEEP, kind="pod", name=pod.name)
        if replace:
            return Change(action=REPLACE, kind="pod", name=pod.name, why="it differs")
        raise AlreadyExists("the pod is there, and differs from the file", subject=pod.name, hint="use --replace")
    if replace:
        return Change(action=REPLACE, kind="pod", name=pod.name, why="another pod has its name")
    raise AlreadyExists("there is another pod of that name", subject=pod.name, hint="use --replace, or another name")


def _surplus(play: Play, present: Present) -> list[str]:
    """Return the pods of the play's objects that it does not want any more."""
    wanted = {pod.name for pod in play.pods}
    owners = {(each.kind, each.namespace, each.name) for each in play.objects}
    return [name for name, known in present.pods.items() if known.owner in owners and name not in wanted]


def plan_lines(changes: Sequence[Change]) -> list[str]:
    """Return a plan for people: what is done first, then what stays."""
    done = [change.describe() for change in changes if change.action != KEEP]
    return [*done, *(change.describe() for change in changes if change.action == KEEP)]
