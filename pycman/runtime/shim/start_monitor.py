"""Start the monitor of a shim's container, or start it again after it was killed.

engine ── posix_spawn ──▶ monitor ── fork ──▶ monitor ── start, Create ──▶ shim
   ◀── descriptor 3: {"data": PID} or {"data": -1, "message": REASON}, as conmon says it
"""

from __future__ import annotations

import os

from pycman.errors import Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic
from pycman.linux.processes import made_environment, reap, spawn
from pycman.record import Record
from pycman.runtime.conmon import read_sync, said_path
from pycman.runtime.monitor import Monitor, RuntimeProgram, Started
from pycman.runtime.shim.shim_program import python_command
from pycman.runtime.shim.start_shim import Shim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

SYNC, BEGIN = 3, 4
"""Descriptors of the monitor: where it says how the start went, and where it waits until it is in its cgroup."""
_FIRST_KEPT = 5
PLAN = "monitor.json"
"""The file in the bundle with what the monitor is told."""


class Plan(Record):
    """What the monitor's process is told, in the bundle, so that it can be started again."""

    monitor: Monitor
    shim: Shim
    options_type: str = ""
    options_hex: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of Create, a message Any; {} for none."""
        return {"type_url": self.options_type, "value": bytes.fromhex(self.options_hex)} if self.options_type else {}


def read_plan(bundle: str) -> Plan | None:
    """Return what the monitor of a bundle was told; None if the container is not a shim's."""
    text = read_text(f"{bundle}/{PLAN}")
    return Plan.from_dict(parse_json(text, subject=PLAN)) if text else None


def start_monitor(
    monitor: Monitor,
    shim: Shim,
    options: dict[str, Any],
    kept_open: Sequence[int] = (),
    meanwhile: Callable[[], None] | None = None,
    move: Callable[[int], None] | None = None,
) -> Started:
    """Start the monitor and wait until its shim has created the container (`ContainerRuntime.create`).

    Raises what `failures.classify` makes of the shim's message, Unsupported for what only conmon can.
    """
    _refuse(monitor)
    plan = Plan(
        monitor=monitor,
        shim=shim,
        options_type=options.get("type_url", ""),
        options_hex=options.get("value", b"").hex(),
    )
    write_atomic(f"{monitor.bundle}/{PLAN}", format_json(plan.to_dict()), mode=0o600, sync=False)
    return _run(plan, kept_open, meanwhile, move)


def _run(
    plan: Plan,
    kept_open: Sequence[int] = (),
    meanwhile: Callable[[], None] | None = None,
    move: Callable[[int], None] | None = None,
    *flags: str,
) -> Started:
    bundle = plan.monitor.bundle
    sync_read, sync_write = os.pipe()
    begin_read, begin_write = os.pipe()
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    said = os.open(said_path(plan.monitor), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    descriptors = {0: null, 1: null, 2: said, SYNC: sync_write, BEGIN: begin_read}
    descriptors |= {_FIRST_KEPT + number: descriptor for number, descriptor in enumerate(kept_open)}
    try:
        argv = python_command("__shim_monitor", bundle, *flags)
        pid = spawn(argv, env={**made_environment(), **plan.monitor.env}, descriptors=descriptors, new_session=True)
        os.close(sync_write)
        sync_write = -1
        if move is not None:
            move(pid)
        os.write(begin_write, b"0")
        if meanwhile is not None:
            meanwhile()
        status = reap(pid)
        return read_sync(sync_read, plan.monitor, RuntimeProgram(name=plan.shim.name, path=plan.shim.path), status)
    finally:
        for descriptor in (sync_read, sync_write, begin_read, begin_write, null, said):
            if descriptor >= 0:
                os.close(descriptor)


def start_again(plan: Plan) -> Started:
    """Start the monitor of a container whose monitor was killed while its shim lives. Raises what `start_monitor` raises."""
    return _run(plan, (), None, None, "--again")


def _refuse(monitor: Monitor) -> None:
    """Raise Unsupported for what conmon can and a shim cannot."""
    if monitor.log_driver == "passthrough":
        raise Unsupported(
            "a shim's container writes to the shim's fifos, not to this command's streams",
            subject="--log-driver passthrough",
        )
    if monitor.restore_from:
        raise Unsupported("checkpoints are restored by runc and crun, not by a shim", subject=monitor.name)
    if monitor.inherited:
        raise Unsupported("a shim hands over no descriptors", subject="--preserve-fds")
    if monitor.notify_socket:
        raise Unsupported(
            "a shim's container cannot tell the service manager that it is ready",
            subject="--sdnotify container",
            hint="use --sdnotify conmon or healthy",
        )
