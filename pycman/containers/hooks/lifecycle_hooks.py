"""Lifecycle hooks (Kubernetes v1 Lifecycle): postStart right after the start, preStop before the stop signal."""

from __future__ import annotations

import time

from pycman.containers.events import append_event
from pycman.containers.hooks.probe_rows import finish_hook
from pycman.containers.hooks.run_handler import run_handler
from pycman.containers.process.kill_all import kill_all_processes, signal_container
from pycman.errors import PycmanError
from pycman.linux.processes import is_alive, wait_gone
from pycman.spec.signals import signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_LONGEST_S = 600.0
"""The limit of a postStart hook, and of a preStop hook if the stop has no timeout: Kubernetes has no limit here."""
_LEAST_AFTER_HOOK_S = 2.0
"""What a container gets for its stop signal when its preStop hook used up the grace period, as with kubelet."""


def run_post_start(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> None:
    """Run the postStart hook of a container that has just started; if it fails, record why and end the container.

    A hook that fails because the container was stopped or restarted meanwhile is ignored.
    """
    if spec.post_start is None:
        return
    try:
        run_handler(session, row, spec, spec.post_start, timeout_s=_LONGEST_S)
    except PycmanError as error:
        recorded = session.db.change(
            "UPDATE containers SET error = ? WHERE id = ? AND started_at_ns = ? AND stopped_by_user = 0",
            (f"postStart: {error}", row["id"], row["started_at_ns"]),
        )
        if recorded:
            append_event(session, row, "hook_failed", hook="postStart", error=str(error))
            end_with_grace(session, row, spec, spec.stop_timeout_s or 0)
    else:
        finish_hook(session, row["id"])


def run_pre_stop(session: Session, row: Mapping[str, Any], spec: ContainerSpec, timeout_s: float) -> float:
    """Run the preStop hook of a container about to be stopped; return how many of `timeout_s` seconds are left.

    At least two seconds are left for the stop signal; a negative `timeout_s` (no limit) is returned as it is. A failure
    of the hook only appends an event.
    """
    if spec.pre_stop is None:
        return timeout_s
    begun = time.monotonic()
    try:
        run_handler(session, row, spec, spec.pre_stop, timeout_s=timeout_s if timeout_s > 0 else _LONGEST_S)
    except PycmanError as error:
        append_event(session, row, "hook_failed", hook="preStop", error=str(error))
    if timeout_s < 0:
        return timeout_s
    return max(_LEAST_AFTER_HOOK_S, timeout_s - (time.monotonic() - begun))


def end_with_grace(session: Session, row: Mapping[str, Any], spec: ContainerSpec, timeout_s: int) -> None:
    """End a container because a probe or hook failed.

    Its preStop hook, its stop signal, SIGKILL after `timeout_s` seconds. conmon's exit command does what follows from
    its exit. Raises TimedOut if not even SIGKILL ends it.
    """
    if not is_alive(row["pid"], row["pid_start"]):
        return
    left_s = run_pre_stop(session, row, spec, timeout_s) if timeout_s else 0
    signal_container(session, row, signal_number(spec.stop_signal))
    if not wait_gone(row["pid"], row["pid_start"], left_s):
        kill_all_processes(session, row)
