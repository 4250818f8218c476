"""`pycman --address RUNROOT publish --topic TOPIC --namespace NAMESPACE`: the publish binary of shims that send no events by ttrpc.

Kata's shim in Rust runs it for each event, with a message Any on standard input (containerd, core/runtime/v2/README.md, "Events").
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import Corrupt
from pycman.linux.files import read_text
from pycman.linux.processes import find_program, program_name, start_time
from pycman.runtime.shim.end_of_run import become_exit_command, write_exit
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import decode
from pycman.runtime.shim.shim_program import beside_python
from pycman.runtime.shim.start_monitor import read_plan
from pycman.runtime.shim.task_client import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.runtime.shim.start_monitor import Plan

OOM, EXIT = "/tasks/oom", "/tasks/exit"
_MOST_BYTES = 1 << 20
_REFUSED = 1


def publish_program() -> str:
    """Return the path of a `pycman` that a shim can run; "" if none is installed."""
    return find_program(beside_python("pycman")) or find_program("pycman")


def run_publish(words: Sequence[str]) -> int:
    """Take note of the event on standard input; return 1 for one that is not of a container of this store.

    `words` are the command line after the program's name.
    """
    run_root = words[1]
    options = dict(zip(words[3::2], words[4::2], strict=False))
    if options.get("--namespace") != NAMESPACE:
        return _REFUSED
    with open(0, "rb", closefd=False) as file:
        data = file.read(_MOST_BYTES)
    try:
        note(f"{run_root}/containers", options.get("--topic", ""), decode(TABLE, "Any", data)["value"])
    except Corrupt:
        return _REFUSED
    return 0


def note(bundles: str, topic: str, event: bytes) -> None:
    """Note what an event says of a container whose bundle is in `bundles`: that memory was short, or its end if its monitor is gone.

    For the end this process becomes the exit command. Raises Corrupt.
    """
    if topic == OOM:
        note_oom(bundles, event)
    elif topic == EXIT:
        ended = decode(TABLE, "TaskExit", event)
        plan = _plan(bundles, ended["container_id"])
        if plan is not None and ended["id"] == ended["container_id"] and not _has_monitor(plan):
            write_exit(plan.monitor, _status(ended))
            become_exit_command(plan.monitor)


def note_oom(bundles: str, event: bytes) -> None:
    """Write the file `oom` for a container that ran out of memory. Raises Corrupt."""
    name = decode(TABLE, "TaskOOM", event)["container_id"]
    if name.isalnum():
        with suppress(OSError):
            os.close(os.open(f"{bundles}/{name}/oom", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _plan(bundles: str, name: str) -> Plan | None:
    return read_plan(f"{bundles}/{name}") if name.isalnum() else None


def _status(ended: dict[str, Any]) -> int:
    return int(ended["exit_status"]) & 0xFF


def _has_monitor(plan: Plan) -> bool:
    text = read_text(plan.monitor.conmon_pid_file).strip()
    return text.isdigit() and bool(start_time(int(text))) and "conmon" in program_name(int(text))
