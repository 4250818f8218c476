"""Run a probe's or hook's handler once: a command in the container, or a call in its network namespace.

exec             run_captured in the container
http, tcp, grpc  a forked child joins the container's network namespace and calls, so that no image needs curl or nc
sleep            wait
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
"""How long a child may take in addition to the handler's timeout: to start, and for imports."""


class HandlerFailed(Unavailable):
    """A probe or hook failed; `problem` is the reason."""

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
    except OSError as error:  # our own failure (disk full, no more processes), not the container's
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
        output = " ".join((finished.stdout + finished.stderr).decode("utf-8", "replace").split())
        raise HandlerFailed(
            f"{handler.command[0] if handler.command else 'the command'} ended with status {finished.status}"
            + (f": {output[:_OUTPUT_CHARACTERS]}" if output else ""),
            subject=row["name"],
        )


def _address_of(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> str:
    """Return the address of a container: its own, that of the container whose network it shares, or loopback."""
    owner = spec.network.value if spec.network.kind == "container" else row["id"]
    address = session.db.value(
        "SELECT a.address FROM addresses a JOIN endpoints e ON e.container_id = a.container_id"
        " AND e.network_id = a.network_id WHERE a.container_id = ? ORDER BY e.position, a.rowid",
        (owner,),
    )
    return str(address) if address else "127.0.0.1"


def _from_outside(row: Mapping[str, Any], handler: Handler, host: str, timeout_s: float) -> None:
    """Join the network namespace of a container in a child, and call from there."""
    subject = f"{handler.kind} {host}:{handler.port}"
    try:
        namespace = open_namespace(row["pid"], "net")
    except OSError as error:
        raise HandlerFailed("the container has ended", subject=subject) from error

    def call(_child: ForkedChild) -> str:
        if not is_same(row["pid"], "net"):  # joining the namespace we are in already would need CAP_SYS_ADMIN
            syscalls.setns(namespace, syscalls.CLONE_NEWNET)
        os.close(namespace)
        try:
            return _CALLS[handler.kind](handler, host, time.monotonic() + timeout_s)
        except (TimeoutError, BlockingIOError):
            return _too_slow(timeout_s)
        except OSError as error:
            return (error.strerror or str(error)).lower()

    try:
        if not is_alive(row["pid"], row["pid_start"]):  # checked after opening: the pid could have been reused before
            raise HandlerFailed("the container has ended", subject=subject)
        limit_s = timeout_s + _OVERTIME_S.get(handler.kind, 0.5)
        problem = ForkedChild(call, keep=(namespace,), subject=subject, timeout_s=limit_s).finish()
    except TimedOut:
        problem = _too_slow(timeout_s)
    finally:
        os.close(namespace)
    if problem:
        raise HandlerFailed(problem, subject=subject)


def _too_slow(timeout_s: float) -> str:
    return f"no answer within {timeout_s:g} s"
