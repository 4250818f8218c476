"""Run one more process in a running container (`exec`).

The OCI runtime's own exec is the parent of the process while it is in the foreground: streams are simply inherited, so they
are binary clean and cost nothing, the exit status comes straight from the kernel, and with a terminal the runtime makes the
pty in the container and sets raw mode. podman puts a conmon in between, which costs it 60 ms more here; its gain, detaching
from an exec session, is given up. Detached sessions are the runtime's `--detach`.
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.bundle.users import lookup_user
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.errors import PycmanError, TimedOut
from pycman.jsontext import format_json
from pycman.linux.files import read_text, remove_tree, write_atomic
from pycman.linux.process_tree import kill_tree
from pycman.linux.processes import Finished, reap, run, spawn, start_time
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.defaults import DEFAULT_CAPABILITIES, settle_capabilities
from pycman.runtime.failures import classify
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.process import capabilities_object, user_object
from pycman.state import events, owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.runtime.attach import Streams
    from pycman.spec.container import ContainerSpec, ProcessSpec
    from pycman.state.session import Session


class ExecResult(Record):
    """How it went: `exit_status` (0 for a detached one) and the session's id."""

    exit_status: int
    session_id: str


def execute(session: Session, name: str, process: ProcessSpec, *, streams: Streams | None = None) -> ExecResult:
    """Run a process and wait for it, its streams those of this process; without `streams` leave it running.

    Raises NotRunning, CommandNotFound (127), CommandNotExecutable (126), NotFound (user).
    """
    prepared = Prepared(session, name, process, detach=streams is None)
    try:
        crash_point("exec:prepared")
        status = _run_attached(prepared, streams) if streams is not None else _run_detached(prepared)
    finally:
        prepared.remove()
    return ExecResult(exit_status=status, session_id=prepared.identity)


def run_captured(
    session: Session,
    name: str,
    process: ProcessSpec,
    *,
    timeout_s: float = -1,
    limit_bytes: int = -1,
    told: bool = True,
) -> Finished:
    """Run a process to its end and return its output (of each stream `limit_bytes`). Raises TimedOut after killing it and what it started.

    Without `told` neither a session nor events are written down.
    """
    prepared = Prepared(session, name, process, detach=False, told=told)
    late = False

    def kill() -> None:
        nonlocal late
        late = True
        pid = prepared.pid()
        if pid:
            kill_tree(pid, start_time(pid))

    try:
        finished = run(prepared.argv, timeout_s=timeout_s, limit_bytes=limit_bytes, at_timeout=kill)
        if late:
            raise TimedOut(f"it took longer than {timeout_s:g} s", subject=process.command[0])
        if finished.status:
            prepared.raise_complaint()
        return finished
    finally:
        prepared.remove()


class Prepared:
    """A process that is about to run: process.json, the runtime's command line, and the session's row.

    Raises NotRunning, NotFound. Whoever made one must `remove` it.
    """

    def __init__(self, session: Session, name: str, process: ProcessSpec, *, detach: bool, told: bool = True) -> None:
        session.enter_namespaces()
        self._session = session
        self._told = told
        row = row_of(session, get_id(session, name), name)
        states.require_running(row, "used")
        states.require_process(row)
        self._row = row
        self._process = process
        self.identity = os.urandom(32).hex()
        self._base = f"{session.paths.bundle(row['id'])}/exec-{self.identity[:12]}"
        spec = spec_of(row)
        document = format_json(_process_object(session, row, spec, process))
        write_atomic(f"{self._base}.json", document, mode=0o600, sync=False)
        runtime = choose_runtime(session, row["oci_runtime"])
        self._runtime_name = runtime.name
        words = ["exec", "--process", f"{self._base}.json", "--pid-file", f"{self._base}.pid"]
        if detach:
            words.append("--detach")
        if process.terminal:
            words.append("--tty")
        if process.preserve_fds:
            words += ["--preserve-fds", str(process.preserve_fds)]
        log = ["--log", f"{self._base}.log"]
        self.argv = [runtime.path, *log, *runtime.global_arguments(), *words, row["id"]]
        if not told:
            return
        session.db.change(
            "INSERT INTO exec_sessions (id, container_id, command, owner, started_at_ns) VALUES (?, ?, ?, ?, ?)",
            (self.identity, row["id"], format_json(list(process.command)), owners.me(), time.time_ns()),
        )
        events.append(session.db, "container", "exec", row["id"], name=row["name"], image=row["image_name"])

    def spawn(self, descriptors: Mapping[int, int]) -> int:
        """Start the runtime with these as the process's streams; return its pid. It ends with the process's status."""
        return spawn(self.argv, descriptors=descriptors)

    def pid(self) -> int:
        """Return the process's pid, 0 until it is known."""
        text = read_text(f"{self._base}.pid").strip()
        return int(text) if text.isdigit() else 0

    def raise_complaint(self) -> None:
        """Raise what the runtime complained of; nothing if the status was the process's own."""
        text = read_text(f"{self._base}.log").strip()
        if text:
            raise classify(self._runtime_name, text, command=self._process.command[0])

    def remove(self) -> None:
        """Take files and row away, and write that it ended."""
        for ending in ("json", "pid", "log"):
            remove_tree(f"{self._base}.{ending}")
        if not self._told:
            return
        with self._session.db.transaction():
            self._session.db.change("DELETE FROM exec_sessions WHERE id = ?", (self.identity,))
            events.append(
                self._session.db, "container", "exec_died", self._row["id"], name=self._row["name"],
                image=self._row["image_name"],
            )  # fmt: skip


def _run_attached(prepared: Prepared, streams: Streams) -> int:
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        wanted = {0: streams.stdin, 1: streams.stdout, 2: streams.stderr}
        descriptors = {number: null if given < 0 else given for number, given in wanted.items() if given != number}
        status = reap(prepared.spawn(descriptors))
    finally:
        os.close(null)
    if status:
        prepared.raise_complaint()
    return status


def _run_detached(prepared: Prepared) -> int:
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        status = reap(spawn(prepared.argv, descriptors={0: null, 1: null, 2: null}, new_session=True))
    finally:
        os.close(null)
    if status:
        prepared.raise_complaint()
        raise PycmanError(f"the runtime ended with status {status}", subject=prepared.argv[0])
    return 0


def _process_object(session: Session, row: Any, spec: ContainerSpec, process: ProcessSpec) -> dict[str, Any]:
    """Return the runtime spec's "process" for the session."""
    root = f"/proc/{row['pid']}/root"
    user = lookup_user(root, process.user or spec.user, spec.group_add, spec.groups_policy)
    host = host_facts(session)
    names = settle_capabilities(
        spec.security.cap_add,
        spec.security.cap_drop,
        bounding=host.bounding,
        privileged=spec.security.privileged or process.privileged,
        base=host.default_capabilities or DEFAULT_CAPABILITIES,
    )
    env = _env(spec, process, user.home, row)
    if spec.pod_fields:
        from pycman.containers.bundle.bundle_input import pod_fields  # pods of Kubernetes YAML only

        env = {**pod_fields(session, spec), **env}
    return {
        "terminal": process.terminal,
        "user": user_object(user.uid, user.gid, tuple(user.extra_gids), spec.umask),
        "args": list(process.command),
        "env": [f"{key}={value}" for key, value in env.items()],
        "cwd": process.workdir or spec.workdir or "/",
        "noNewPrivileges": spec.security.no_new_privileges,
        "capabilities": capabilities_object(names, user.uid, spec.security),
    }


def _env(spec: ContainerSpec, process: ProcessSpec, home: str, row: Mapping[str, Any]) -> dict[str, str]:
    env = dict(spec.env)
    env.setdefault("HOSTNAME", spec.hostname or row["id"][:12])
    if process.terminal:
        env.setdefault("TERM", "xterm")
    if process.user or "HOME" not in env:
        env["HOME"] = home or "/"
    env.update(process.env)
    return env
