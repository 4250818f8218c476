"""--shell-on-error: when the command of a RUN fails, a shell in what it left, with its environment, user, directory and mounts.

    RUN fails ──▶ its writable layer moves to a second container ──▶ shell, attached ──▶ both removed, the step's error

The mounts are made anew: those of the step are gone by then, and a locked cache mount is free again. The layer never
becomes part of an image or of the cache, whatever the shell did to it.
"""

from __future__ import annotations

import os

from pycman.build.execute.run_step import run_step, start_step, step_base, step_spec
from pycman.build.outcome import StepFailed
from pycman.containers.create.create import create_container
from pycman.containers.end.remove import remove_quietly
from pycman.errors import PycmanError
from pycman.linux.files import remove_tree
from pycman.spec.container import LogConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.build.execute.new_layer import NewLayer
    from pycman.build.execute.run_mounts import RunMounts, Shown
    from pycman.build.options import BuildOptions
    from pycman.build.plan.values import RunStep
    from pycman.build.stack import Stack
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_DEFAULT_SHELL = "/bin/sh"


def run_step_or_shell(
    session: Session, leased: Lease, stack: Stack, step: RunStep, options: BuildOptions, mounts: RunMounts
) -> NewLayer:
    """Carry out a RUN as `run_step` does; if its command fails, open a shell, and raise the command's error when it has ended."""
    kept: list[str] = []
    try:
        with mounts.prepared() as shown:
            return run_step(session, leased, stack, step, options, shown, kept)
    except PycmanError as error:
        if kept:
            _shell_after(session, stack, step, options, mounts, kept[0], error)
        raise
    finally:
        for container_id in kept:
            remove_quietly(session, container_id)


def _shell_after(
    session: Session,
    stack: Stack,
    step: RunStep,
    options: BuildOptions,
    mounts: RunMounts,
    failed_id: str,
    error: PycmanError,
) -> None:
    """Open the shell; one that cannot be opened is a note of the step's error."""
    failure = error if isinstance(error, StepFailed) else StepFailed(error.describe(), hint=error.hint)
    failure.place, failure.step = str(step.location), step.text
    try:
        with mounts.prepared() as shown:
            _open_shell(session, stack, step, options, shown, failed_id, failure)
    except PycmanError as problem:
        error.add_note(f"no shell could be opened: {problem}")


def _open_shell(
    session: Session,
    stack: Stack,
    step: RunStep,
    options: BuildOptions,
    shown: Shown,
    failed_id: str,
    failure: StepFailed,
) -> None:
    assert options.shell_streams is not None
    spec = step_spec(step, options, shown).replace(
        command=(shell_of(step),), terminal=True, stdin=True, log=LogConfig(driver="none")
    )
    container_id = create_container(session, spec, base=step_base(stack, step))
    try:
        paths = session.paths
        # the copies driver marks in `work` that `upper` has all files of the layers
        for old, new in (
            (paths.upper(failed_id), paths.upper(container_id)),
            (paths.work(failed_id), paths.work(container_id)),
        ):
            remove_tree(new)
            os.rename(old, new)
        with options.shell_streams(failure) as streams:
            start_step(session, container_id, streams, shown)
    finally:
        remove_quietly(session, container_id)


def shell_of(step: RunStep) -> str:
    """Return the program of the stage's SHELL, /bin/sh if there is none. Pure."""
    words = (step.config.get("config") or {}).get("Shell") or ()
    return str(words[0]) if words else _DEFAULT_SHELL
