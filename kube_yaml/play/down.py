"""Take down what was played, by the tables kube_objects and kube_pods: even if the file was edited, and by the play's name without it."""

from __future__ import annotations

from kube_yaml.check.kinds import TEMPLATES
from kube_yaml.play.objects import StoredObject, delete_object, stored_objects, stored_pods
from kube_yaml.read.names import in_namespace
from pods.remove import remove_pod
from pods.side_by_side import try_side_by_side
from pods.stop import stop_pod
from pycman.contexts import suppress
from pycman.errors import NotFound, PycmanError
from pycman.jsontext import parse_json
from pycman.plan import crash_point
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from kube_yaml.read.documents import Document
    from pycman.state.session import Session


_MOST_AT_ONCE = 32
"""How many pods are stopped side by side: each only waits for its grace period."""


class DownReport(Record):
    """The ids of pods that were stopped and removed, the names of removed secrets and volumes, and the errors of the others."""

    stopped: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    errors: tuple[PycmanError, ...] = ()


def take_down_documents(session: Session, documents: Sequence[Document], *, force: bool = False) -> DownReport:
    """Take down the objects that documents name. If all of them were played together, take down that whole play."""
    keys = {(document.kind, document.namespace, document.name) for document in documents}
    all_objects = stored_objects(session)
    plays = {stored.play for stored in all_objects if stored.key in keys}
    pods = {stored_pod.owner: stored_pod for stored_pod in stored_pods(session)}
    whole = plays if len(plays) == 1 else set()
    claims = [key for document in documents for key in _claims_of(document, all_objects)] if force else []
    objects = [stored for stored in all_objects if stored.key in keys or stored.key in claims or stored.play in whole]
    known = {stored.key for stored in all_objects}
    # a play that was undone leaves the volume of a claim with data in it, and no row
    objects += [
        StoredObject(kind=kind, namespace=namespace, name=name, play="", hash="")
        for kind, namespace, name in keys
        if force and kind == "PersistentVolumeClaim" and (kind, namespace, name) not in known
    ]
    return _take_down(session, objects, [key for key in keys if key in pods], force=force)


def _claims_of(document: Document, objects: Sequence[StoredObject]) -> Iterator[tuple[str, str, str]]:
    """Yield the keys of the claims of a workload, which an earlier `kube down` kept: those its pods name, and those of its templates.

    The document has not been checked: what has another form than it should names none.
    """
    if document.kind not in TEMPLATES:
        return
    volumes = _list_in(document.value, (*TEMPLATES[document.kind], "spec", "volumes"))
    names = {_text_in(volume, ("persistentVolumeClaim", "claimName")) for volume in volumes}
    templates = _list_in(document.value, ("spec", "volumeClaimTemplates"))
    prefixes = [f"{_text_in(template, ('metadata', 'name'))}-{document.name}-" for template in templates]
    for stored in objects:
        if stored.kind == "PersistentVolumeClaim" and stored.namespace == document.namespace:
            numbers = [stored.name.removeprefix(each) for each in prefixes if stored.name.startswith(each)]
            if stored.name in names or any(number.isdecimal() for number in numbers):
                yield stored.key


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list_in(value: Any, path: Sequence[str | int]) -> list[Any]:
    found = _at(value, path)
    return found if isinstance(found, list) else []


def _text_in(value: Any, path: Sequence[str | int]) -> str:
    found = _at(value, path)
    return found if isinstance(found, str) else ""


def take_down_play(session: Session, play: str, *, force: bool = False) -> DownReport:
    """Take down everything of a play, by its name. Raises NotFound."""
    objects = stored_objects(session, play)
    if not objects:
        plays = ", ".join(sorted({stored.play for stored in stored_objects(session)}))
        raise NotFound(
            "no play with this name", subject=play, hint=f"use one of {plays}" if plays else "nothing has been played"
        )
    return _take_down(session, objects, [], force=force)


def take_down_objects(session: Session, keys: Sequence[tuple[str, str, str]]) -> None:
    """Take down objects, by kind, namespace and name, and nothing else of their plays."""
    _take_down(
        session,
        [stored_object for stored_object in stored_objects(session) if stored_object.key in keys],
        [],
        force=False,
    )


def _take_down(
    session: Session, objects: Sequence[StoredObject], more: Sequence[tuple[str, str, str]], *, force: bool
) -> DownReport:
    """Remove pods first, in parallel, then services, secrets and config maps, and with `force` volumes.

    `more` are keys of objects that have pods but no row of their own. Rows of objects remain while one of the pods cannot be removed,
    so that `kube down` can be repeated.
    """
    session.enter_namespaces()
    errors: list[PycmanError] = []
    keys = [*(stored.key for stored in objects), *more]
    pods = [stored_pod.pod_id for stored_pod in stored_pods(session, keys)]

    def end(pod_id: str) -> None:
        with session.db.waiting_together(), suppress(NotFound):
            stop_pod(session, pod_id)
            crash_point("kube-down:stopped")
            remove_pod(session, pod_id, force=True)

    _, failed = try_side_by_side(session, pods, end, width=_MOST_AT_ONCE)
    errors += failed.values()
    crash_point("kube-down:pods")
    secrets: list[str] = []
    volumes: list[str] = []
    changed = False
    for stored in objects:
        if stored.kind == "PersistentVolumeClaim" and not force:
            continue  # its data and its row are kept
        try:
            _remove_object(session, stored, secrets, volumes, force=force)
            changed |= stored.kind == "Service"
            if not failed:
                delete_object(session, stored.key)
        except PycmanError as error:
            errors.append(error)
    if changed:
        from pycman.network.reconcile.in_child import refresh  # only imported for services

        refresh(session)
    gone = tuple(pod_id for pod_id in pods if pod_id not in failed)
    return DownReport(stopped=gone, removed=gone, secrets=tuple(secrets), volumes=tuple(volumes), errors=tuple(errors))


def _remove_object(
    session: Session, stored: StoredObject, secrets: list[str], volumes: list[str], *, force: bool
) -> None:
    """Remove what an object became; add the names of removed secrets and volumes to the lists."""
    if stored.kind == "Service":
        from pycman.network.services import remove_service  # only imported for services

        remove_service(session, stored.reference)
    elif stored.kind == "Secret":
        from pycman.secrets.catalogue import remove_secret  # only imported for secrets

        _remove_if_exists(remove_secret, session, stored.reference, secrets)
    elif stored.kind == "PersistentVolumeClaim":
        from pycman.volumes.remove import remove_volume  # only imported for claims

        _remove_if_exists(remove_volume, session, in_namespace(stored.namespace, stored.name), volumes)
    elif stored.kind == "StatefulSet" and force:
        _remove_claims(session, stored, volumes)


def _remove_if_exists(
    remove: Callable[[Session, str], object], session: Session, name: str, removed: list[str]
) -> None:
    """Remove a secret or volume and add its name to `removed`; do nothing if it does not exist."""
    try:
        remove(session, name)
    except NotFound:
        return
    removed.append(name)


def _remove_claims(session: Session, stateful_set: StoredObject, removed: list[str]) -> None:
    """Remove the volumes created for the volumeClaimTemplates of a StatefulSet, of all its replicas."""
    from pycman.volumes.remove import remove_volume  # only imported for StatefulSets

    text = session.db.value(
        "SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", stateful_set.key
    )
    spec = parse_json(str(text or "{}")).get("spec") or {}
    for template in spec.get("volumeClaimTemplates") or ():
        claim = (template.get("metadata") or {}).get("name")
        prefix = in_namespace(stateful_set.namespace, f"{claim}-{stateful_set.name}-")
        names = [str(row["name"]) for row in session.db.rows("SELECT name FROM volumes ORDER BY name")]
        for name in names:  # it may have had more replicas than it has now
            if name.startswith(prefix) and name.removeprefix(prefix).isdecimal():
                _remove_if_exists(remove_volume, session, name, removed)
