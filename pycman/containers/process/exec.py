"""Run one more process in a running container (`exec`).

The OCI runtime's own exec is the parent of the process and ends with its status; the process reads and writes pipes, or a terminal,
made for it (`runtime/exec_process.py`), and a loop here passes the bytes (`runtime/exec_relay.py`). podman starts a conmon in between,
which takes 60 ms more.

    what happens to the caller            what happens to the process
    the user types the detach keys (-t)   it keeps running; a background process reads its terminal to the end
    SIGINT, SIGTERM and others            it receives them (in raw mode Ctrl-C is typed, and arrives as a character)
    the reader of its output closes       SIGPIPE when it writes there; with a terminal SIGHUP
    kill -9                               it keeps running, as with docker, until it writes; with a terminal it gets SIGHUP
    --detach                              it runs without streams; with -t it has a terminal whose output is discarded
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.bundle.process_env import later_env
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.events import append_event
from pycman.containers.process.inside import root_path
from pycman.containers.users import lookup_user, process_user
from pycman.contexts import contextmanager
from pycman.errors import PycmanError, TimedOut
from pycman.jsontext import format_json
from pycman.linux.files import read_text, remove_tree, write_atomic
from pycman.linux.open_below import null_below
from pycman.linux.processes import Finished, is_alive, reap, run, spawn, start_time
from pycman.linux.systemd.presence import runs_systemd
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.attach_protocol import parse_detach_keys
from pycman.runtime.exec_process import ExecProcess, read_pid
from pycman.runtime.failures import classify
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.runtime.process import ProcessInput, process_object
from pycman.runtime.runtime_json import runtime_json
from pycman.state import owners
from pycman.state.settings import containers_conf
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pycman.runtime.attach import Streams
    from pycman.spec.container import ContainerSpec, ProcessSpec
    from pycman.state.session import Session

_PID_TIMEOUT_S = 5.0
"""How long the runtime may take to write the pid of a process that runs."""


class ExecResult(Record):
    """The result: `exit_status` (0 for a detached process) and the exec session's id."""

    exit_status: int
    session_id: str


class Captured(Record):
    """How a process that was run in a container ended: its exit status, and what it wrote."""

    status: int
    stdout: bytes = b""
    stderr: bytes = b""


def execute(session: Session, name: str, process: ProcessSpec, *, streams: Streams | None = None) -> ExecResult:
    """Run a process and wait for it, passing its bytes from and to `streams`; without `streams` leave it running in the background.

    Raises NotRunning, CommandNotFound (127), CommandNotExecutable (126), NotFound (user), InvalidInput, Detached.
    """
    if streams is not None and streams.terminal:
        parse_detach_keys(streams.detach_keys)  # raises for invalid ones before anything runs
    size = streams.window() if streams is not None and streams.window is not None else (0, 0)
    prepared = Prepared(session, name, process, detach=streams is None, console_size=size)
    try:
        crash_point("exec:prepared")
        status = _run_attached(prepared, streams) if streams is not None else _run_detached(prepared)
    finally:
        prepared.remove()
    return ExecResult(exit_status=status, session_id=prepared.session_id)


def run_captured(
    session: Session,
    name: str,
    process: ProcessSpec,
    *,
    timeout_s: float = -1,
    limit_bytes: int = -1,
    record: bool = True,
) -> Finished:
    """Run a process until it ends and return its output, at most `limit_bytes` of each stream, without that of children which
    outlive it.

    Raises TimedOut after killing the process and its descendants. Without `record` neither an exec session nor events are
    recorded.
    """
    prepared = Prepared(session, name, process, detach=False, record=record)
    late = False

    def kill() -> None:
        nonlocal late
        late = True
        from pycman.linux.process_tree import kill_tree  # only imported after a timeout

        pid = prepared.pid()
        if pid:
            kill_tree(pid, start_time(pid))

    try:
        null = prepared.open_null()
        try:
            finished = run(
                prepared.argv, timeout_s=timeout_s, limit_bytes=limit_bytes, at_timeout=kill, descriptors={0: null},
                own_output=True, program=prepared.copy(),
            )  # fmt: skip
        finally:
            os.close(null)
        if late:
            raise TimedOut(f"it took longer than {timeout_s:g} s", subject=process.command[0])
        if finished.status:
            prepared.raise_complaint(finished.stderr)
        return finished
    finally:
        prepared.remove()


def capture(
    session: Session, name: str, process: ProcessSpec, *, timeout_s: float = -1, limit_bytes: int = -1
) -> Captured:
    """Do what `run_captured` does and return a record, which can be sent to another process. Raises what it raises."""
    finished = run_captured(session, name, process, timeout_s=timeout_s, limit_bytes=limit_bytes)
    return Captured(status=finished.status, stdout=finished.stdout, stderr=finished.stderr)


class Prepared:
    """A process that is about to run: process.json, the runtime's command line, and the session's row.

    Raises NotRunning, NotFound, InvalidInput. The caller must call `remove`.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        process: ProcessSpec,
        *,
        detach: bool,
        record: bool = True,
        console_size: tuple[int, int] = (0, 0),
    ) -> None:
        session.enter_namespaces()
        if session.rootless and runs_systemd():
            from pycman.linux.systemd.own_scope import leave_others_scope  # only rootless on hosts with systemd

            leave_others_scope(session.user.uid, rootless=True)
        self._session = session
        self._recorded = record
        row = row_of(session, get_id(session, name), name)
        states.require_running(session, row, "used")
        states.require_process(row)
        self._row = row
        self._process = process
        self._console_size = console_size
        self._extra = {number: number for number in process.inherited}
        self.session_id = os.urandom(32).hex()
        self._base = f"{session.paths.bundle(row['id'])}/exec-{self.session_id[:12]}"
        with self._told_if_gone(name):
            self._write(console_size)
        runtime = choose_runtime(session, row["oci_runtime"])
        self._runtime_name = runtime.name
        self._copy_for = runtime.copy_for
        self._hands_over = runtime.hands_over_terminal(detach=detach)
        self.argv = runtime.exec_argv(
            row["id"], self._base, detach=detach, terminal=process.terminal, inherited=process.inherited
        )
        if record:
            with self._told_if_gone(name):
                self._record()

    @contextmanager
    def _told_if_gone(self, name: str) -> Iterator[None]:
        """Raise NotFound or NotRunning in place of what is missing, if the container has gone or ended meanwhile."""
        try:
            yield
        except (FileNotFoundError, sqlite3.IntegrityError):
            row = row_of(self._session, self._row["id"], name)
            states.require_running(self._session, row, "used")
            states.require_process(row)
            raise

    def _write(self, console_size: tuple[int, int]) -> None:
        """Write what the runtime reads about the process."""
        session, row, process = self._session, self._row, self._process
        inputs = _process_input(session, row, spec_of(row), process).replace(console_size=console_size)
        write_atomic(f"{self._base}.json", runtime_json(session, process_object(inputs)), mode=0o600, sync=False)

    def _record(self) -> None:
        row, db = self._row, self._session.db
        with db.transaction(durable=False):  # no exec outlives a boot
            for old in db.rows(
                "SELECT id, owner, pid, pid_start FROM exec_sessions WHERE container_id = ?", (row["id"],)
            ):
                if owners.is_gone(old["owner"]) and not is_alive(old["pid"], old["pid_start"]):
                    # the session of an ended detached process, or of a command that was killed
                    db.change("DELETE FROM exec_sessions WHERE id = ?", (old["id"],))
            db.change(
                "INSERT INTO exec_sessions (id, container_id, command, owner, started_at_ns) VALUES (?, ?, ?, ?, ?)",
                (self.session_id, row["id"], format_json(list(self._process.command)), owners.me(), time.time_ns()),
            )
            append_event(self._session, row, "exec")

    def copy(self) -> int:
        """Return the descriptor of a copy of the runtime's program for a short command, -1 if it is executed by its path."""
        return self._copy_for(self._row["id"])

    def open_null(self) -> int:
        """Open the container's /dev/null, or the reading end of a closed pipe if the container has no proper /dev/null."""
        null = null_below(root_path(self._session, self._row))
        if null is not None:
            return null
        read, write = os.pipe()
        os.close(write)
        return read

    def start(self, *, stdin: bool, stdout: bool = True, stderr: bool = True) -> ExecProcess:
        """Start the process with these streams attached; a terminal is used for all of them. The caller must `close` the result."""
        pid_file = f"{self._base}.pid"
        null = self.open_null()
        try:
            if not self._process.terminal:
                return ExecProcess.with_pipes(self.argv, pid_file, null, (stdin, stdout, stderr), self._extra)
            if self._hands_over:
                started = ExecProcess.with_terminal(
                    self.argv, pid_file, null, self._session.paths.run_root, self._extra
                )
                started.resize(*self._console_size)  # at once: crun (1.8) reads no consoleSize for exec
                return started
            return ExecProcess.with_copied_terminal(self.argv, pid_file, self._extra)
        finally:
            os.close(null)

    def start_detached(self) -> int:
        """Start the process without streams, or with a terminal whose output is discarded; return the runtime's status."""
        if self._process.terminal:
            process = self.start(stdin=False)
            if process.terminal >= 0:
                _drain(process.terminal)
            process.close()
            return process.wait()
        null = null_below(root_path(self._session, self._row))
        if null is not None:
            try:
                return reap(spawn(self.argv, descriptors={0: null, 1: null, 2: null, **self._extra}, new_session=True))
            finally:
                os.close(null)
        process = self.start(stdin=False)
        for output in process.outputs:
            _drain(output)
        process.close()
        return process.wait()

    def leave(self) -> None:
        """Leave the process running in the background: record its own pid in the session's row, so that `remove` keeps the row."""
        pid = self._awaited_pid()
        with self._session.db.transaction(durable=False):
            self._session.db.change(
                "UPDATE exec_sessions SET pid = ?, pid_start = ?, owner = '' WHERE id = ?",
                (pid, start_time(pid), self.session_id),
            )
        self._recorded = False

    def pid(self) -> int:
        """Return the process's pid, 0 until the runtime has written it."""
        return read_pid(f"{self._base}.pid")

    def _awaited_pid(self) -> int:
        """Return the process's pid; the runtime may write it after the process has begun, and its user may be quicker."""
        deadline = time.monotonic() + _PID_TIMEOUT_S
        while not self.pid() and time.monotonic() < deadline:
            time.sleep(0.002)
        return self.pid()

    def has_complaint(self) -> bool:
        """Return whether a status is that of the runtime, which failed: it has written a log, or no pid (on a full disk)."""
        return bool(read_text(f"{self._base}.log").strip()) or not self.pid()

    def complaint(self, words: bytes = b"") -> PycmanError | None:
        """Return the runtime's error; None if it reported none, so that the status is the process's own.

        `words` are what it has written to standard error, where it could not write its log.
        """
        text = read_text(f"{self._base}.log").strip()
        if not text and not self.pid():
            text = words.decode("utf-8", "replace").strip()
        if not text:
            return None
        process = self._process
        return classify(self._runtime_name, text, command=process.command[0], workdir=process.workdir or "/")

    def raise_complaint(self, words: bytes = b"") -> None:
        """Raise the runtime's error, if it reported one; `words` are as in `complaint`."""
        error = self.complaint(words)
        if error is not None:
            raise error

    def remove(self) -> None:
        """Remove the session's files, and unless the process was left running, its row; record the event exec_died."""
        for ending in ("json", "pid", "log"):
            remove_tree(f"{self._base}.{ending}")
        if not self._recorded:
            return
        with self._session.db.transaction(durable=False):
            self._session.db.change("DELETE FROM exec_sessions WHERE id = ?", (self.session_id,))
            append_event(self._session, self._row, "exec_died")


def _run_attached(prepared: Prepared, streams: Streams) -> int:
    process = prepared.start(stdin=streams.stdin >= 0)
    try:
        from pycman.runtime.exec_relay import Relay  # 0.4 ms, imported while the runtime starts the process

        relay = Relay(process, streams, lambda status: status != 0 and prepared.has_complaint())
        if relay.run() == "detached":
            from pycman.runtime.attach import Detached  # 3 ms, only when the user detached

            if process.terminal >= 0:
                _drain(process.terminal)
            prepared.leave()
            raise Detached("detached", subject=prepared.session_id)
    finally:
        process.close()
    if relay.status:
        prepared.raise_complaint(relay.runtime_words)
    return relay.status


def _run_detached(prepared: Prepared) -> int:
    status = prepared.start_detached()
    if status:
        prepared.raise_complaint()
        raise PycmanError(f"the runtime ended with status {status}", subject=prepared.argv[0])
    prepared.leave()
    return 0


def _drain(descriptor: int) -> None:
    from pycman.linux.terminals import drain_in_background  # only imported when a process is left running

    drain_in_background(descriptor)


def _process_input(session: Session, row: Any, spec: ContainerSpec, process: ProcessSpec) -> ProcessInput:
    """Return the values of the process object: its own command; the container's user, environment, limits and confinement."""
    user = lookup_user(
        root_path(session, row), process.user or process_user(session, spec), spec.group_add, spec.groups_policy
    )
    host = host_facts(session)
    if host.apparmor and spec.security.apparmor_profile:
        from pycman.runtime.apparmor import confined  # only on hosts with AppArmor

        spec = confined(spec, rootless=session.rootless)
    return ProcessInput(
        spec=spec,
        host=host,
        argv=process.command,
        env=later_env(session, spec, row["id"], user.home, process),
        cwd=process.workdir or spec.workdir or "/",
        uid=user.uid,
        gid=user.gid,
        extra_gids=user.extra_gids,
        terminal=process.terminal,
        privileged=containers_conf(session).privileged if process.privileged is None else process.privileged,
    )
