"""`why`: the reasons why a container did not start, exited, restarts or is unhealthy."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.cleanup.termination_message import last_message
from pycman.containers.diagnose.command_check import Finding, check_command
from pycman.containers.diagnose.kubelet import explain_kubelets
from pycman.containers.diagnose.mount_ownership import diagnose_mounts
from pycman.containers.dumps import facts
from pycman.containers.mounts.steps import mount_root
from pycman.containers.process.log_tail import last_lines
from pycman.errors import CommandNotExecutable, CommandNotFound, PycmanError, RuntimeFailed
from pycman.linux.mounts import unmount_below
from pycman.linux.processes import boot_id
from pycman.spec.signals import signal_name
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_LINES = 10
_CLEANUP_S = 5
_POLL_S = 0.01
_STATUS_MEANINGS = {
    125: "the engine could not start it",
    126: "its command was found but cannot be executed",
    127: "its command was not found",
}


def explain(session: Session, name: str) -> list[Finding]:
    """Return the reasons for a container's state, most important first; without any, the one finding "no-trouble".

    Raises NotFound.
    """
    session.enter_namespaces()
    state, row = states.observe(session, _recorded(session, get_row(session, name)))
    spec = spec_of(row)
    findings: list[Finding] = []
    if row["error"]:
        findings.append(Finding(reference="start-failed", text=f"it did not start: {row['error']}"))
    if row["error"] or (state == states.EXITED and row["exit_status"] in (126, 127)):
        findings += examine_command(session, row, spec)
    if state in (states.EXITED, states.RESTARTING):
        findings += _deadline(session, row, spec) or _checkpoint(session, row) or _end(row)
    if row["pod_id"]:
        findings += explain_kubelets(session, row, state)
    findings += _health(session, row)
    findings += _restarts(session, row)
    if state in (states.EXITED, states.RESTARTING) and row["exit_status"]:
        findings += diagnose_mounts(session, row, spec)
        findings += _message(session, row, spec)
        findings += _last_lines(session, row, spec)
    if not findings:
        findings.append(Finding(reference="no-trouble", text=f"nothing is wrong: it is {state}{_since(row, state)}"))
    return findings


def _recorded(session: Session, row: Any) -> Any:
    """Return the row after waiting, 5 s at most, until the cleanup of a run that has ended has recorded its end.

    The cleanup decides about restart and reason (a deadline), and follows within a second; another answer before would be
    contradicted by the next one.
    """
    deadline = time.monotonic() + _CLEANUP_S
    while row["pid"] and row["boot_id"] == boot_id() and states.needs_cleanup(row) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        row = get_row(session, row["id"])
    return row


def examine_command(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[Finding]:
    """Return why the command cannot be executed in the container's root file system, [] if no reason was found.

    The root is mounted for the time of the check if it is not mounted. Raises MountFailed, OSError.
    """
    root = spec.rootfs
    mounted_here = False
    if not root:
        root = session.paths.merged(row["id"])
        mounted_here = not row["boot_id"] and not row["mounted"]
        mount_root(session, row)
    try:
        finding = check_command(root, spec.argv, spec.env, spec.workdir or "/")
    finally:
        if mounted_here:
            unmount_below(root)
    return [finding] if finding is not None else []


_NOT_FOUND = frozenset(("command-missing", "dangling-link", "interpreter-missing", "loader-missing", "no-command"))
"""Findings that make a failed start a CommandNotFound; all others are CommandNotExecutable."""


def refine(session: Session, row: Mapping[str, Any], spec: ContainerSpec, error: PycmanError) -> PycmanError:
    """Return the runtime's error as CommandNotFound (127) or CommandNotExecutable (126), with the cause as its hint.

    An error with another cause is returned as it is.
    """
    if not isinstance(error, (RuntimeFailed, CommandNotFound, CommandNotExecutable)):
        return error
    try:
        findings = examine_command(session, row, spec)
    except (PycmanError, OSError):
        return error  # a failed check must not hide the error it was to explain
    if not findings:
        return error
    finding = findings[0]
    kind = CommandNotFound if finding.reference in _NOT_FOUND else CommandNotExecutable
    if kind is CommandNotFound and isinstance(error, CommandNotExecutable) and _is_on_a_mount(spec, error.subject):
        return CommandNotExecutable(
            error.problem, subject=error.subject, hint=_MOUNT_HINT
        )  # the image is not all it has
    return kind(error.problem, subject=error.subject or spec.argv[0], hint=f"{finding.text}; {finding.fix}")


_MOUNT_HINT = "it lies on a mount: look at its mode, and whether that is mounted noexec"


def _is_on_a_mount(spec: ContainerSpec, command: str) -> bool:
    """Return whether a command may lie on a mount, which the check of the image does not see: by its path, or found by PATH."""
    targets = [mount.target.rstrip("/") for mount in spec.mounts]
    places = [command] if "/" in command else [f"{part}/" for part in spec.env.get("PATH", "").split(":")]
    return any(place.startswith(f"{target}/") for place in places for target in targets)


def _end(row: Mapping[str, Any]) -> list[Finding]:
    """Return how its last run ended: OOM, a signal, or its exit status."""
    status = row["exit_status"]
    when = (
        f" {_ago(row['finished_at_ns'])} ago, after running {_duration(row['finished_at_ns'] - row['started_at_ns'])}"
    )
    by_user = " because it was stopped" if row["stopped_by_user"] else ""
    if row["oom_killed"]:
        text = f"the kernel killed it for using more memory than its limit{when}"
        return [Finding(reference="oom-killed", text=text, fix="raise --memory, or make it use less")]
    if row["term_signal"]:
        name = signal_name(row["term_signal"])
        fix = "" if by_user else _SIGNAL_FIXES.get(name, "")
        return [Finding(reference="killed-by-signal", text=f"it was killed by {name}{by_user}{when}", fix=fix)]
    if status in _STATUS_MEANINGS:
        return [
            Finding(
                reference=f"status-{status}", text=f"it exited with status {status}: {_STATUS_MEANINGS[status]}{when}"
            )
        ]
    if status == 0:
        return [Finding(reference="completed", text=f"its command exited with status 0{by_user}{when}")]
    return [Finding(reference="command-failed", text=f"its command exited with status {status}{by_user}{when}")]


def _checkpoint(session: Session, row: Mapping[str, Any]) -> list[Finding]:
    """Return that its last run ended in a checkpoint."""
    found = facts(session, row["id"])
    if found is None or not found["checkpointed"]:
        return []
    text = f"a checkpoint was made of it {_ago(row['finished_at_ns'])} ago, by which it ended; it has not been restored"
    return [Finding(reference="checkpointed", text=text, fix=f"continue it: pycman container restore {row['name']}")]


def _deadline(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[Finding]:
    ends = of_actor(session.db, row["id"], "died") if spec.deadline_s else ()
    if not ends or ends[-1].attributes.get("reason") != "DeadlineExceeded":
        return []
    text = (
        f"it was killed {_ago(row['finished_at_ns'])} ago because its pod's deadline (activeDeadlineSeconds) had passed"
    )
    return [Finding(reference="deadline-exceeded", text=text, fix="raise activeDeadlineSeconds of the pod or its Job")]


_SIGNAL_FIXES = {
    "SIGSEGV": "the program or one of its libraries is faulty: look at its last lines and its core dump",
    "SIGABRT": "the program aborted itself: look at its last lines",
    "SIGILL": "the program needs another processor: use an image built for this machine",
    "SIGKILL": "another process sent it, or the host ran out of memory: look at dmesg",
    "SIGSYS": "seccomp forbids a system call: try --security-opt seccomp=unconfined to be sure",
}


def _health(session: Session, row: Mapping[str, Any]) -> list[Finding]:
    """Return which health check or probe failed, or which probe keeps a running container from being ready."""
    if row["health_status"] != "unhealthy":
        return _not_ready(session, row)
    if not row["has_health"]:
        events = of_actor(session.db, row["id"], "health_status")
        attributes = events[-1].attributes if events else {}
        return [
            Finding(
                reference="probe-failed",
                text=f"its {attributes.get('probe', '')} probe failed, so it was killed: {attributes.get('error', '')}",
                fix="raise timeoutSeconds or failureThreshold, add a startup probe, or fix what is probed",
            )
        ]
    rows = session.db.rows(
        "SELECT exit_status, output FROM health_log WHERE container_id = ? ORDER BY started_at_ns DESC LIMIT 1",
        (row["id"],),
    )
    last = f"; the last check exited with {rows[0]['exit_status']}: {rows[0]['output'].strip()[:300]}" if rows else ""
    text = f"its health check failed {row['health_streak']} times in a row{last}"
    return [Finding(reference="unhealthy", text=text, fix=f"run it by hand: pycman healthcheck run {row['name']}")]


def _not_ready(session: Session, row: Mapping[str, Any]) -> list[Finding]:
    """Return the probe that keeps a running container from being ready."""
    if row["ready"] or not states.has_process(row):
        return []
    rows = session.db.rows("SELECT kind, error FROM probes WHERE container_id = ? AND error != ''", (row["id"],))
    return [
        Finding(reference="not-ready", text=f"it is not ready: its {probe['kind']} probe says: {probe['error']}")
        for probe in rows
        if probe["kind"] in ("startup", "readiness")
    ]


def _restarts(session: Session, row: Mapping[str, Any]) -> list[Finding]:
    if not row["restart_count"] and not row["restart_at_ns"]:
        return []
    ends = of_actor(session.db, row["id"], "died")[-5:]
    statuses = ", ".join(event.attributes.get("exit_status", "?") for event in ends)
    policy, count = row["restart_policy"], row["restart_count"]
    text = f"its restart policy ({policy}) restarted it {count} times; last exit statuses: {statuses}"
    fix = ""
    if row["restart_at_ns"]:
        delay = max(0, row["restart_at_ns"] - time.time_ns())
        text += f"; next start in {_duration(delay)}"
        fix = f"end the restarts with pycman stop {row['name']}"
    return [Finding(reference="restarting", text=text, fix=fix)]


def _message(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[Finding]:
    message = last_message(session, row["id"]) if spec.message_path else ""
    if not message:
        return []
    text = "it left this message:\n" + "\n".join(f"    {line}" for line in message.splitlines())
    return [Finding(reference="termination-message", text=text)]


def _last_lines(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[Finding]:
    lines = last_lines(session, row, spec, _LINES)
    if not lines:
        return []
    return [Finding(reference="last-lines", text="its last lines were:\n" + "\n".join(f"    {line}" for line in lines))]


def _since(row: Mapping[str, Any], state: str) -> str:
    return f" since {_ago(row['started_at_ns'])}" if state == states.RUNNING else ""


def _ago(time_ns: int) -> str:
    return _duration(time.time_ns() - time_ns)


def _duration(ns: int) -> str:
    seconds = max(0.0, ns / 1e9)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
