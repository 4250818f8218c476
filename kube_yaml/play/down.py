"""Take down what was played: by what is written down, so that an edited or lost file still goes down by its play's name."""

from __future__ import annotations

from kube_yaml.play.objects import forget_object, kept_objects, kept_pods
from pods.life import stop_pod
from pods.remove import remove_pod
from pods.side_by_side import try_side_by_side
from pycman.errors import NotFound, PycmanError
from pycman.jsontext import parse_json
from pycman.network.reconcile.in_child import refresh
from pycman.network.services import remove_service
from pycman.plan import crash_point
from pycman.record import Record
from pycman.secrets.catalogue import remove_secret
from pycman.volumes.remove import remove_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kube_yaml.play.objects import Kept
    from kube_yaml.read.documents import Document
    from pycman.state.session import Session


class DownReport(Record):
    """What went: ids of pods that were stopped and removed, names of secrets and volumes; and what could not."""

    stopped: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    errors: tuple[PycmanError, ...] = ()


def take_down_documents(session: Session, documents: Sequence[Document], *, force: bool = False) -> DownReport:
    """Take down the objects that documents name, and what else was played with them from the same place."""
    keys = {(each.kind, each.namespace, each.name) for each in documents}
    every = kept_objects(session)
    plays = {each.play for each in every if each.key in keys}
    pods = {each.owner: each for each in kept_pods(session)}
    whole = plays if len(plays) == 1 else set()
    found = [each for each in every if each.key in keys or each.play in whole]
    return _take_down(session, found, [key for key in keys if key in pods], force=force)


def take_down_play(session: Session, play: str, *, force: bool = False) -> DownReport:
    """Take down everything of a play. Raises NotFound."""
    found = kept_objects(session, play)
    if not found:
        known = ", ".join(sorted({each.play for each in kept_objects(session)})) or "nothing was played"
        raise NotFound("nothing of that name was played", subject=play, hint=f"there is: {known}")
    return _take_down(session, found, [], force=force)


def take_down_objects(session: Session, keys: Sequence[tuple[str, str, str]]) -> None:
    """Take down some objects of plays, and nothing else of those plays."""
    _take_down(session, [each for each in kept_objects(session) if each.key in keys], [], force=False)


def _take_down(
    session: Session, objects: Sequence[Kept], more: Sequence[tuple[str, str, str]], *, force: bool
) -> DownReport:
    """Pods go first, side by side, then services, secrets and config maps, with `force` volumes."""
    session.enter_namespaces()
    errors: list[PycmanError] = []
    pods = {each.pod_id: each.pod_name for each in kept_pods(session, [*(each.key for each in objects), *more])}

    def end(pod_id: str) -> None:
        try:
            stop_pod(session, pod_id)
            crash_point("kube-down:stopped")
            remove_pod(session, pod_id, force=True)
        except NotFound:
            return

    _, failed = try_side_by_side(session, list(pods), end)
    errors += failed.values()
    crash_point("kube-down:pods")
    secrets: list[str] = []
    volumes: list[str] = []
    changed = False
    for each in objects:
        try:
            if each.kind == "Service":
                remove_service(session, each.reference)
                changed = True
            elif each.kind == "Secret":
                _forgiving(remove_secret, session, each.reference, secrets)
            elif each.kind == "PersistentVolumeClaim":
                if not force:
                    continue  # its data stay, and so does what is known of it
                name = each.name if each.namespace == "default" else f"{each.namespace}-{each.name}"
                _forgiving(remove_volume, session, name, volumes)
            elif each.kind == "StatefulSet" and force:
                _remove_claims(session, each, volumes)
            if not failed:
                forget_object(session, each.key)
        except PycmanError as error:
            errors.append(error)
    if changed:
        refresh(session)
    gone = tuple(pod_id for pod_id in pods if pod_id not in failed)
    return DownReport(stopped=gone, removed=gone, secrets=tuple(secrets), volumes=tuple(volumes), errors=tuple(errors))


def _forgiving(remove: Callable[[Session, str], object], session: Session, name: str, removed: list[str]) -> None:
    """Remove a secret or volume; one that is gone is fine."""
    try:
        remove(session, name)
    except NotFound:
        return
    removed.append(name)


def _remove_claims(session: Session, kept: Kept, removed: list[str]) -> None:
    """Remove the volumes that a StatefulSet's claim templates were."""
    text = session.db.value("SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", kept.key)
    spec = parse_json(str(text or "{}")).get("spec") or {}
    prefix = "" if kept.namespace == "default" else f"{kept.namespace}-"
    for template in spec.get("volumeClaimTemplates") or ():
        claim = (template.get("metadata") or {}).get("name")
        for number in range(int(spec.get("replicas") or 1)):
            _forgiving(remove_volume, session, f"{prefix}{claim}-{kept.name}-{number}", removed)
