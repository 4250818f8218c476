"""Make the volumes of a play's claims; undone, they go again unless there is something in them."""

from __future__ import annotations

import os

from kube_yaml.play.make_pod import make_host_path
from kube_yaml.play.objects import delete_object, store_object
from kube_yaml.translate.plans import ObjectPlan
from pycman.contexts import suppress
from pycman.volumes.catalogue import create_volume, find_volume
from pycman.volumes.remove import remove_volume
from pycman.volumes.use import own_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kube_yaml.play.plan import Plan
    from kube_yaml.translate.plans import Play
    from pycman.state.session import Session


def make_volumes(session: Session, play: Play, plan: Plan, undo: list[Callable[[], object]]) -> list[str]:
    """Make the volumes that are not there, give those of new pods their group, and return the names of the new ones.

    What takes a new one away again is appended to `undo`.
    """
    made = []
    for volume in play.volumes:
        name = volume.spec.name
        if find_volume(session, name) is not None:
            continue
        if volume.host_path is not None:
            make_host_path(volume.host_path)
        create_volume(session, volume.spec, ignore=True)
        made.append(name)
        key = ("PersistentVolumeClaim", volume.namespace, volume.claim)
        undo.append(lambda name=name, key=key: _remove_if_empty(session, name, key))  # type: ignore[misc]
        if volume.claim:
            # by this row `kube down --force` knows that a play made the volume
            row = ObjectPlan(kind=key[0], namespace=key[1], name=key[2], hash="", manifest="{}")
            store_object(session, row, play.name)
        if volume.import_source:
            _import(session, name, volume.import_source)
    for pod in plan.create:
        for name in pod.claims if pod.claim_gid >= 0 else ():
            own_volume(session.paths.volume(name), -1, pod.claim_gid)
    return made


def _remove_if_empty(session: Session, name: str, key: tuple[str, str, str]) -> None:
    """Remove a volume that this play made, and the row of its claim, unless a container has written into it meanwhile."""
    with suppress(FileNotFoundError):
        if os.listdir(session.paths.volume(name)):
            session.warnings.append(f"while undoing: the volume {name} has data in it and is kept")
            return
    remove_volume(session, name)
    delete_object(session, key)


def _import(session: Session, name: str, source: str) -> None:
    from pycman.volumes.transfer import import_volume  # only imported for claims with an import-source annotation

    with open(source, "rb") as archive:
        import_volume(session, name, archive)
