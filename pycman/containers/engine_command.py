"""Run this pycman on the same store in another process: conmon's exit command, the supervisor, a Job's next step."""

from __future__ import annotations

import os
import sys

from pycman.linux.processes import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")


def engine_command(session: Session, *arguments: str) -> list[str]:
    """Return the argv of `pycman ARGUMENTS` on the same store with the same global options; -S saves 3 ms of `site`."""
    options = session.options
    argv = [sys.executable, "-I", "-S", _MAIN, "--root", session.paths.root, "--runroot", session.paths.run_root]
    if options.storage_driver:
        argv += ["--storage-driver", options.storage_driver]
    if options.oci_runtime:
        argv += ["--runtime", options.oci_runtime]
    if options.cgroup_manager:
        argv += ["--cgroup-manager", options.cgroup_manager]
    return [*argv, *arguments]


def one_containers_flags(session: Session) -> list[str]:
    """Return the further global options that hold for the containers of this command and for no others of the store."""
    options = session.options
    events = ["--events-backend", options.events_backend] if options.events_backend else []
    runtime = [f"--runtime-flag={flag}" for flag in options.runtime_flags]
    syslog = ["--syslog"] if options.syslog else []
    return [*events, *syslog, *runtime, *(f"--module={path}" for path in options.modules)]


def start_engine_command(session: Session, *arguments: str, new_session: bool = True) -> int:
    """Start `pycman ARGUMENTS` on the same store with /dev/null as its streams, and return its pid.

    In a session of its own (setsid(2)) it outlives the caller's terminal.
    """
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        command = engine_command(session, *arguments)
        return spawn(command, descriptors={0: null, 1: null, 2: null}, new_session=new_session)
    finally:
        os.close(null)
