"""Run a probe's or hook's handler once: in the container, or from outside through its network namespace.

What goes through the network is done by a forked child that joins the namespace, so that no image needs curl or nc.
"""

from __future__ import annotations

import os
import time

from pycman.containers.hooks.probe_calls import call_grpc, call_http, call_tcp
from pycman.containers.process.exec import run_captured
from pycman.errors import PycmanError, TimedOut, Unavailable
from pycman.linux import syscalls
from pycman.linux.forked_child import ForkedChild
from pycman.linux.namespaces import is_same, open_namespace
from pycman.linux.processes import is_alive
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.probe import Handler
    from pycman.state.session import Session

_OUTPUT_CHARACTERS = 1024
_ANSWER_BYTES = 10 << 10
_CALLS = {"tcp": call_tcp, "http": call_http, "grpc": call_grpc}
_OVERTIME_S = {"grpc": 5.0}
"""What a child may take beyond the handler's own time: to start, and for imports."""


class HandlerFailed(Unavailable):
    """A probe's or hook's outcome was bad; the problem says how."""

    reference = "handler-failed"


def run_handler(
    session: Session, row: Mapping[str, Any], spec: ContainerSpec, handler: Handler, *, timeout_s: float
) -> None:
    """Run a handler against a running container. Raises HandlerFailed, TimedOut."""
    try:
        if handler.kind == "sleep":
            time.sleep(min(handler.seconds, timeout_s))
        elif handler.kind == "exec":
            _execute(session, row, spec, handler, timeout_s)
        else:
            _from_outside(row, handler, handler.host.strip("[]") or _address_of(session, row, spec), timeout_s)
    except OSError as error:  # of ours: no room for a file, no more processes
        raise HandlerFailed((error.strerror or str(error)).lower(), subject=row["name"]) from error


def _execute(session: Session, row: Mapping[str, Any], spec: ContainerSpec, handler: Handler, timeout_s: float) -> None:
    process = ProcessSpec(command=handler.command, user=spec.user, workdir=spec.workdir)
    try:
        finished = run_captured(
            session, row["id"], process, timeout_s=timeout_s, limit_bytes=_ANSWER_BYTES, record=False
        )
    except TimedOut:
        raise
    except PycmanError as error:
        raise HandlerFailed(str(error), subject=row["name"]) from error
    if finished.status:
        said = " ".join((finished.stdout + finished.stderr).decode("utf-8", "replace").split())
        raise HandlerFailed(
            f"{handler.command[0] if handler.command else 'the command'} ended with status {finished.status}"
            + (f": {said[:_OUTPUT_CHARACTERS]}" if said else ""),
            subject=row["name"],
        )


def _address_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> str:
    """Return the address a container is called at: its own, that of the container whose network it shares, or loopback."""
    owner = spec.network.value if spec.network.kind == "container" else row["id"]
    found = session.db.value(
        "SELECT a.address FROM addresses a JOIN endpoints e ON e.container_id = a.container_id"
        " AND e.network_id = a.network_id WHERE a.container_id = ? ORDER BY e.position, a.rowid",
        (owner,),
    )
    return str(found) if found else "127.0.0.1"


def _from_outside(row: Mapping[str, Any], handler: Handler, host: str, timeout_s: float) -> None:
    """Join the network namespace of a container in a child, and call from there."""
    subject = f"{handler.kind} {host}:{handler.port}"
    try:
        namespace = open_namespace(row["pid"], "net")
    except OSError as error:
        raise HandlerFailed("the container has ended", subject=subject) from error

    def call(_child: ForkedChild) -> str:
        if not is_same(row["pid"], "net"):  # nobody but root may join the host's, where one is already
            syscalls.setns(namespace, syscalls.CLONE_NEWNET)
        os.close(namespace)
        try:
            return _CALLS[handler.kind](handler, host, time.monotonic() + timeout_s)
        except (TimeoutError, BlockingIOError):
            return _too_slow(timeout_s)
        except OSError as error:
            return (error.strerror or str(error)).lower()

    try:
        if not is_alive(row["pid"], row["pid_start"]):  # only now: the namespace is that of nobody who came after it
            raise HandlerFailed("the container has ended", subject=subject)
        patience_s = timeout_s + _OVERTIME_S.get(handler.kind, 0.5)
        problem = ForkedChild(call, keep=(namespace,), subject=subject, timeout_s=patience_s).finish()
    except TimedOut:
        problem = _too_slow(timeout_s)
    finally:
        os.close(namespace)
    if problem:
        raise HandlerFailed(problem, subject=subject)


def _too_slow(timeout_s: float) -> str:
    return f"no answer within {timeout_s:g} s"
