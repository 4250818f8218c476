"""run: create a container, start it, stay with it unless --detach."""

from __future__ import annotations

import os

from cli.actions.create import create_from
from cli.attach_session import check_terminal, detach_keys, proxy_to
from cli.exit_status import ENGINE_FAILED
from cli.specs.container import container_spec
from cli.terminal import attached
from pycman.errors import InvalidInput, PycmanError, from_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Run the command."""
    spec = container_spec(call)
    detach = call.flag("detach")
    streams = [word.lower() for word in call.values("attach")]
    for word in streams:
        if word not in ("stdin", "stdout", "stderr"):
            raise InvalidInput("not a stream", subject=f"--attach {word}", hint="use stdin, stdout or stderr")
    if detach and streams:
        raise InvalidInput("--attach and --detach do not go together", subject="--attach")
    if not detach:
        check_terminal(terminal=spec.terminal, stdin=spec.stdin)
    container_id = create_from(call, spec)
    containers = call.engine.containers
    try:
        for name in call.values("requires"):
            containers.start(name)
        _write_pids(call, container_id)
        if detach:
            containers.start(container_id)
            call.print_warnings()
            call.print(container_id)
            return 0
        stdin = spec.stdin and (not streams or "stdin" in streams)
        outputs = (not streams or "stdout" in streams, not streams or "stderr" in streams)
        proxy = (
            proxy_to(call, container_id)
            if call.flag("sig-proxy", True) and not (spec.terminal and os.isatty(0))
            else None
        )
        keys = detach_keys(call, terminal=spec.terminal)
        with attached(stdin=stdin, terminal=spec.terminal, detach_keys=keys, proxy=proxy, outputs=outputs) as given:
            status = containers.start(container_id, streams=given)[1]
    except PycmanError as error:
        if error.reference != "detached" and (spec.auto_remove or error.exit_status == ENGINE_FAILED):
            _remove(call, container_id)  # it never ran, and never will as it is: nothing half-made stays
        raise
    if not status:
        call.engine.session.warnings.clear()  # a start's warnings matter when it went wrong
    if call.flag("rmi"):
        _remove_image(call, spec.image)
    return status


def _write_pids(call: Call, container_id: str) -> None:
    """Write --pidfile and --conmon-pidfile, for which the container must be there before it starts."""
    paths = [(call.string(flag), flag) for flag in ("pidfile", "conmon-pidfile") if call.string(flag)]
    if not paths:
        return
    call.engine.containers.initialize(container_id)
    container = call.engine.containers.get(container_id)
    for path, flag in paths:
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{container.pid if flag == 'pidfile' else container.conmon_pid}\n")
        except OSError as error:
            raise from_os_error(error, subject=f"--{flag} {path}") from error


def _remove(call: Call, container_id: str) -> None:
    try:
        call.engine.containers.remove(container_id, force=True, volumes=True)
    except PycmanError as error:
        call.warn(str(error))


def _remove_image(call: Call, image: str) -> None:
    try:
        call.engine.images.remove(image)
    except PycmanError as error:
        call.warn(str(error))
