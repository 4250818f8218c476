"""Have the OCI runtime start an initialized container's process, record that, and do what follows from a start."""

from __future__ import annotations

import time

from pycman.containers.catalogue import change_row, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up
from pycman.containers.events import append_event
from pycman.errors import NotFound, PycmanError
from pycman.plan import crash_point
from pycman.runtime.oci_runtimes import choose_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


_PROBES = ('"startup_probe"', '"readiness_probe"', '"liveness_probe"')
POST_START = '"post_start"'
"""Substring tests on the stored JSON of a spec, so that starting a container without them need not parse it."""


def start_process(session: Session, container_id: str, *, is_restart: bool = False, attached: bool = False) -> bool:
    """Start the process of an initialized container; `is_restart` counts it. The caller, `attached` or not, holds its lock.

    Returns whether the caller has to call `after_start` once it has released the lock. Raises CommandNotFound,
    CommandNotExecutable, RuntimeFailed, after cleaning up.
    """
    row = row_of(session, container_id)
    try:
        if not row["pinned"]:
            choose_runtime(session, row["oci_runtime"]).start(container_id)
    except PycmanError as error:
        raise start_failed(session, row, error) from error
    crash_point("start:started")
    return process_runs(session, row, is_restart=is_restart, attached=attached)


def start_failed(session: Session, row: Mapping[str, Any], error: PycmanError) -> PycmanError:
    """Clean up a container whose process the runtime could not start, record why, and return the error to raise. The caller holds its lock."""
    clean_up(session, row, failed=True)
    from pycman.containers.start.failure import record_failure  # only imported when a start fails

    return record_failure(session, row, error)


def process_runs(
    session: Session,
    row: Mapping[str, Any],
    *,
    is_restart: bool = False,
    attached: bool = False,
    restored: bool = False,
) -> bool:
    """Record that the process of a container runs, from its checkpoint if it was `restored`, and tell who waits for it.

    Returns what `start_process` returns. The caller holds the container's lock.
    """
    has_probes = any(field in row["spec"] for field in _PROBES)
    has_hook = POST_START in row["spec"]
    with_probes = has_probes or has_hook
    _record_start(session, row, with_probes=with_probes, is_restart=is_restart, attached=attached, restored=restored)
    if row["has_health"] or has_probes:
        from pycman.containers.hooks.wake_supervisor import wake_supervisor  # only for health checks and probes

        wake_supervisor(session)
    if session.options.notify_socket:
        from pycman.containers.start.notify import notify_started  # only imported below a service manager

        notify_started(session, row)
    return (has_hook and not restored) or bool(row["pod_id"])


def _record_start(
    session: Session, row: Mapping[str, Any], *, with_probes: bool, is_restart: bool, attached: bool, restored: bool
) -> None:
    """Write the start into the row and the events, and insert the rows of its probes."""
    container_id = row["id"]
    after_last_run = row["finished_at_ns"] + 1  # the clock may have been set back since
    started_at_ns = max(time.time_ns(), after_last_run)
    with session.db.transaction(durable=not row["auto_remove"]):
        ready = True
        if with_probes:
            from pycman.containers.hooks.probe_rows import begin_probes  # only imported for probes and hooks

            ready = begin_probes(session, container_id, spec_of(row), started_at_ns)
        change_row(
            session,
            container_id,
            started_at_ns=started_at_ns,
            ready=ready,
            stopped_by_user=0,
            restart_at_ns=0,
            restart_count=row["restart_count"] + 1 if is_restart else 0,
            restart_tries=row["restart_tries"] if is_restart else 0,
            health_status="starting" if row["has_health"] else "",
            health_streak=0,
            health_started=0,
            health_due_ns=0,
        )
        if restored:
            from pycman.containers.dumps import record_restored  # only imported for checkpoints

            record_restored(session, container_id)
        elif row["started_at_ns"]:
            from pycman.containers.dumps import forget_checkpoint  # not for the first start

            forget_checkpoint(session, container_id)
        if attached:
            append_event(session, row, "attach")  # before the start, as docker does
        append_event(session, row, "restore" if restored else "restart" if is_restart else "start")


def after_start(session: Session, container_id: str) -> None:
    """Run a container's postStart hook, and add a pod's new member to its services.

    A hook that fails ends the container. It is called without the container's lock: a hook may take long, and `stop` or
    `kill` must not wait for it.
    """
    try:
        row = row_of(session, container_id)
    except NotFound:
        return  # it has exited already, and --rm removed it
    if POST_START in row["spec"]:
        from pycman.containers.hooks.lifecycle_hooks import run_post_start  # only imported for postStart hooks

        run_post_start(session, row, spec_of(row))
    if row["pod_id"]:
        from pycman.network.reconcile.refresh_services import refresh_services  # only imported for members of pods

        refresh_services(session)
