"""Have the runtime start the process of an initialized container, and record that it runs."""

from __future__ import annotations

import time

from pycman.containers.catalogue import change_row, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up
from pycman.errors import NotFound, PycmanError
from pycman.plan import crash_point
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


_PROBES = ('"startup_probe"', '"readiness_probe"', '"liveness_probe"')
_POST_START = '"post_start"'
"""Substring tests on the stored JSON of a spec, so that starting a container without them need not parse it."""


def start_process(session: Session, container_id: str, *, is_restart: bool = False) -> bool:
    """Run the process of an initialized container. The container's lock is held.

    Returns whether `after_start` has to follow, once the lock is given back.
    """
    row = row_of(session, container_id)
    try:
        if not row["pinned"]:
            choose_runtime(session, row["oci_runtime"]).start(container_id)
    except PycmanError as error:
        clean_up(session, row, failed=True)
        from pycman.containers.start.failure import record_failure  # only imported when a start fails

        raise record_failure(session, row, error) from error
    crash_point("start:started")
    probed = any(word in row["spec"] for word in _PROBES)
    hooked = _POST_START in row["spec"]
    started_at_ns = time.time_ns()
    with session.db.transaction():
        ready = True
        if probed or hooked:
            from pycman.containers.hooks.probe_rows import (
                begin_probes,
            )  # only imported for containers with probes or hooks

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
        events.append(
            session.db,
            "container",
            "restart" if is_restart else "start",
            container_id,
            name=row["name"],
            image=row["image_name"],
        )
    if row["has_health"] or probed:
        from pycman.containers.hooks.wake_supervisor import (
            wake_supervisor,  # only imported for containers with health checks or probes
        )

        wake_supervisor(session)
    return hooked or bool(row["pod_id"])


def after_start(session: Session, container_id: str) -> None:
    """Run a container's postStart hook and lead services to a pod's new member. A hook that fails ends the container.

    Call it without the container's lock: a hook may take its time, and `stop` or `kill` must not wait for it.
    """
    try:
        row = row_of(session, container_id)
    except NotFound:
        return  # it has ended already, and --rm removed it
    if _POST_START in row["spec"]:
        from pycman.containers.hooks.lifecycle_hooks import (
            run_post_start,
        )  # only imported for containers with probes or hooks

        run_post_start(session, row, spec_of(row))
    if row["pod_id"]:
        from pycman.network.reconcile.refresh_services import refresh_services  # only imported for members of pods

        refresh_services(session)
