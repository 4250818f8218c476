"""Remove a container, in this order; each step may be repeated after a kill:

row "removing" ──▶ root unmounted, directories, bundle, exit file ──▶ row deleted, anonymous volumes "removing" ──▶ these ──▶ lock files

What its last run used is released before the row is deleted, if no cleanup has done that (a `--rm` container, `rm -f`): the runtime
deletes it while the row is marked and the directories are removed.
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import append_cleanup, clean_up_if_exited, record_exit_if_exited
from pycman.containers.cleanup.cleanup_claim import CleanupClaim, cleanup_claim_path
from pycman.containers.events import append_event
from pycman.errors import InUse, NotFound, PycmanError, WrongState
from pycman.linux.files import remove_tree
from pycman.plan import crash_point
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.containers.cleanup.release import Release
    from pycman.state.session import Session

_ID_FILE = '"id_file"'
"""Substring of the stored JSON of a spec with --cidfile, so that other specs need not be parsed."""


class StillRunning(WrongState):
    """The container runs, and its removal was not forced. The fact "id" is its full id, "state" what it is: running, paused."""

    reference = "still-running"


def remove_container(
    session: Session,
    name: str,
    *,
    force: bool = False,
    volumes: bool = False,
    timeout_s: int | None = None,
    depend: bool = False,
    with_pod: bool = False,
    keep_dependents: bool = False,
    durable: bool = True,
) -> list[str]:
    """Remove a container and return the ids removed; with `depend` those that use its namespaces are removed first.

    With `keep_dependents` these stay as they are, as with docker: they run on, and cannot be started again once they have ended.
    With `force` a running one is killed, after `timeout_s` seconds for its stop signal; `volumes` removes its anonymous
    volumes too. An infra container is removed only `with_pod`. Not `durable`: by another row, which is on the disk, recovery finds
    what a loss of power leaves of this removal. Raises NotFound, StillRunning (without `force`), InUse
    (it is mounted, an infra container, or others use its namespaces), TimedOut.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    if not with_pod:
        _refuse_infra(session, container_id, name)
        from pycman.containers.end.service_pods import refuse_service  # only for a removal by name

        refuse_service(session, container_id, name)
    removed = []
    if not keep_dependents:
        removed = _remove_dependents(session, container_id, name, depend=depend, timeout_s=timeout_s)
    if force and timeout_s:
        _signal_and_wait(session, container_id, timeout_s)
    with session.lock("container", container_id):
        row = _require_exited(session, row_of(session, container_id, name), name, force=force)
        if row["mounted"] and not force and os.path.ismount(session.paths.merged(container_id)):
            raise InUse("it is mounted", subject=name, hint=f"run pycman unmount {name} first, or use -f")
        remove_locked(
            session, row, volumes=volumes or bool(row["auto_remove"]), refuse_dependents="" if keep_dependents else name,
            durable=durable,
        )  # fmt: skip
    return [*removed, container_id]


def _require_exited(session: Session, row: Mapping[str, Any], name: str, *, force: bool) -> Any:
    """Return the row of a container that has exited and is cleaned up; one that is only initialized is killed, with `force` any.

    Raises StillRunning.
    """
    if not states.has_process(row):
        return clean_up_if_exited(session, row)
    state = states.state_of(session, row)
    if not force and state != states.INITIALIZED:  # nothing of it has run: podman removes it too
        raise StillRunning(
            f"cannot remove a {state} container",
            subject=name,
            hint=f"run pycman stop {name} first, or use -f",
            code="container-is-up",
            facts={"id": row["id"], "state": state},
        )
    from pycman.containers.process.kill_all import kill_all_processes  # runtimes: only imported for one that runs

    with session.db.transaction(durable=False):  # the row is "removing" next
        session.db.change("UPDATE containers SET stopped_by_user = 1 WHERE id = ?", (row["id"],))
    with CleanupClaim(session, row["id"], if_free=True):
        kill_all_processes(session, row)
        import pycman.containers.cleanup.release  # noqa: F401 - 4 ms, loaded while the monitor writes the exit file

        return record_exit_if_exited(session, row_of(session, row["id"]))


def _refuse_infra(session: Session, container_id: str, name: str) -> None:
    pod = session.db.value(
        "SELECT p.name FROM containers c JOIN pods p ON p.id = c.pod_id WHERE c.id = ? AND c.is_infra = 1",
        (container_id,),
    )
    if pod is not None:
        raise InUse(
            f"it is the infra container of pod {pod} and is removed with it",
            subject=name,
            hint=f"run pycman pod rm {pod}",
            code="infra-container",
            facts={"pod": pod},
        )


def _signal_and_wait(session: Session, container_id: str, timeout_s: int) -> None:
    """Send a running container its stop signal and wait up to `timeout_s` seconds for its exit."""
    from pycman.containers.process.kill_all import signal_container  # the same
    from pycman.linux.processes import wait_gone  # the same
    from pycman.spec.signals import signal_number  # the same

    row = row_of(session, container_id)
    if states.state_of(session, row) == states.RUNNING:
        session.db.change("UPDATE containers SET stopped_by_user = 1 WHERE id = ?", (container_id,))
        signal_container(session, row, signal_number(spec_of(row).stop_signal))
        wait_gone(row["pid"], row["pid_start"], timeout_s)


def _remove_dependents(
    session: Session, container_id: str, name: str, *, depend: bool, timeout_s: int | None
) -> list[str]:
    rows = _dependents(session, container_id)
    if not depend:
        _refuse_dependents(rows, name)
    removed = []
    for row in rows:
        removed += remove_container(session, row["id"], force=True, timeout_s=timeout_s, depend=True)
    return removed


def _dependents(session: Session, container_id: str) -> list[Any]:
    """Return id and name of the containers that use a container's namespaces."""
    return session.db.rows(
        "SELECT c.id, c.name FROM container_needs n JOIN containers c ON c.id = n.container_id WHERE n.needed_id = ?",
        (container_id,),
    )


def _refuse_dependents(rows: Sequence[Mapping[str, Any]], name: str) -> None:
    if not rows:
        return
    names = ", ".join(row["name"] for row in rows)
    raise InUse(
        f"other containers use its namespaces: {names}",
        subject=name,
        hint="remove them first, or use --depend",
        code="namespaces-in-use",
        facts={"containers": names},
    )


def remove_locked(
    session: Session, row: Mapping[str, Any], *, volumes: bool, refuse_dependents: str = "", durable: bool = True
) -> None:
    """Remove a container that has no process, with `volumes` its anonymous volumes too. The caller holds its lock.

    Every step may be repeated after a kill; `durable` as for `remove_container`. Raises RuntimeFailed if its last run was not released yet and cannot be, and InUse about the
    name `refuse_dependents` if another command made a container that uses its namespaces meanwhile.
    """
    container_id = row["id"]
    release = _release(session, row) if row["boot_id"] else None
    with session.db.transaction(durable=durable):
        if refuse_dependents:
            _refuse_dependents(_dependents(session, container_id), refuse_dependents)
        mark_removing(session, container_id, volumes=volumes)
    if durable:
        session.db.settle()  # or there could be a container without its directories
    crash_point("remove:marked")
    leftovers: list[str] = []
    try:
        if release is not None:
            release.unmount()
        remove_directory(session, container_id)
    finally:
        if release is not None:  # its children are waited for in any case
            leftovers = release.finish()
    remove_run_files(session, container_id)
    crash_point("remove:directories")
    with session.db.transaction(durable=False):
        if release is not None:
            append_cleanup(session, row, leftovers)
        marked = delete_row(session, row, volumes=volumes)
    crash_point("remove:row")
    remove_rest(session, row, marked)


def mark_removing(session: Session, container_id: str, *, volumes: bool) -> None:
    """Mark the row of a container "removing" by this process; the caller is in a transaction, and settles it before anything is removed."""
    session.db.change(
        "UPDATE containers SET row_state = 'removing', owner = ?, auto_remove = ? WHERE id = ?",
        (owners.me(), int(volumes), container_id),
    )


def remove_directory(session: Session, container_id: str) -> None:
    """Remove the directory of a container whose row is "removing", unmounted if `mount` holds it."""
    directory = session.paths.container(container_id)
    if os.path.ismount(f"{directory}/merged"):
        from pycman.linux.mounts import unmount_below  # only imported for one that `mount` holds

        unmount_below(directory)
    remove_tree(directory)


def remove_run_files(session: Session, container_id: str) -> None:
    """Remove a container's bundle and exit file."""
    remove_tree(session.paths.bundle(container_id))
    remove_tree(session.paths.exit_file(container_id))


def delete_row(session: Session, row: Mapping[str, Any], *, volumes: bool) -> list[str]:
    """Delete a container's row; return the anonymous volumes that were marked for `remove_rest`. The caller is in a transaction."""
    marked: list[str] = []
    anonymous = [
        use["volume_name"]
        for use in session.db.rows(
            "SELECT volume_name FROM container_volumes WHERE container_id = ? AND anonymous = 1", (row["id"],)
        )
    ]
    session.db.change("DELETE FROM containers WHERE id = ?", (row["id"],))
    append_event(session, row, "remove")
    if volumes and anonymous:
        from pycman.volumes.remove import mark_anonymous  # 1 ms, only imported for anonymous volumes

        marked = mark_anonymous(session, anonymous)
    return marked


def remove_rest(session: Session, row: Mapping[str, Any], marked: Sequence[str]) -> None:
    """Remove what outlives a container's row: its file of --cidfile, the anonymous volumes that were `marked`, its lock files."""
    container_id = row["id"]
    if _ID_FILE in row["spec"] and (id_file := spec_of(row).id_file):
        _remove_id_file(id_file, container_id)
    if marked:
        from pycman.volumes.remove import remove_anonymous  # as above

        for volume in marked:
            remove_anonymous(session, volume)
    for path in (cleanup_claim_path(session, container_id), session.paths.lock("container", container_id)):
        remove_tree(path)  # the lock holder may unlink the lock file: waiters re-check the inode (linux/files.py)


def _release(session: Session, row: Mapping[str, Any]) -> Release:
    from pycman.containers.cleanup.release import Release  # 6 ms, only imported where a run was not released yet

    return Release(session, row)


def _remove_id_file(path: str, container_id: str) -> None:
    """Remove the file of --cidfile, if it still has this container's id."""
    try:
        with open(path, encoding="utf-8") as file:
            named = file.read(len(container_id) + 2).strip()
        if named == container_id:
            os.unlink(path)
    except (OSError, UnicodeDecodeError):
        return  # somebody has removed or replaced it


def discard_unfinished(session: Session, container_id: str) -> None:
    """Remove a container whose creation failed, if its row still says "creating"."""
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return
        if row["row_state"] == "creating":
            remove_locked(session, row, volumes=True)


def remove_quietly(session: Session, container_id: str) -> None:
    """Remove a container after another error; an error of the removal is dropped, so that it does not hide that one."""
    try:
        remove_container(session, container_id, force=True, volumes=True)
    except PycmanError:
        return
