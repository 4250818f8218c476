"""run: create and start a container and, unless --detach, attach to it until it ends."""

from __future__ import annotations

import os
import sys

from cli.actions.create import create_from
from cli.attach_session import check_terminal, detach_keys, proxy_to
from cli.exit_status import ENGINE_FAILED
from cli.specs.container import container_spec
from cli.specs.descriptors import inherited_descriptors
from cli.terminal import attached
from pycman.errors import InvalidInput, PycmanError

_STILL_RUNS = ("detached", "output-failed")
"""After these errors the container runs on."""
_NOT_STARTED = 126
"""podman's status if the container was created and could not be started, whatever the reason; it is kept unless --rm is given."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Run the container; return its exit status, or print its id and return 0 with --detach."""
    spec = container_spec(call)
    detach = call.flag("detach")
    streams = _streams(call)
    if not detach:
        check_terminal(call, terminal=spec.terminal, stdin=spec.stdin)
    inherited = inherited_descriptors(call)
    if "LISTEN_FDS" in os.environ:
        from cli.specs.descriptors import passed_sockets  # only imported where a service manager passes sockets

        sockets, variables = passed_sockets(os.environ)
        inherited = tuple(sorted({*inherited, *sockets}))
        spec = spec.replace(env={**variables, **spec.env})
    keys = detach_keys(call, terminal=spec.terminal and not detach)
    container_id = create_from(call, spec, starts=True)
    containers = call.engine.containers
    try:
        if detach:
            containers.start(container_id, inherited=inherited)
            call.print_warnings()
            call.print(container_id)
            return 0
        stdin = spec.stdin and (not streams or "stdin" in streams)
        if streams and "stdout" not in streams and "stderr" not in streams:
            call.print(container_id)  # nothing else would say which container it is (docker, podman)
            sys.stdout.flush()
        outputs = (not streams or "stdout" in streams, not streams or "stderr" in streams)
        proxy = (
            proxy_to(call, container_id)
            if call.flag("sig-proxy", True) and not (spec.terminal and os.isatty(0))
            else None
        )
        with attached(
            stdin=stdin, terminal=spec.terminal, detach_keys=keys, proxy=proxy, outputs=outputs
        ) as attached_streams:
            status = containers.start(container_id, streams=attached_streams, inherited=inherited)[1]
    except PycmanError as error:
        if call.habits.podman_statuses and error.exit_status == ENGINE_FAILED:
            error.exit_status = _NOT_STARTED
        if error.reference not in _STILL_RUNS and (spec.auto_remove or error.exit_status == ENGINE_FAILED):
            _remove(call, container_id)  # a container that could not start is not left behind
        raise
    if spec.auto_remove_image:
        call.print_warnings()  # that the image is in use
    elif not status:
        call.engine.session.warnings.clear()  # warnings of the start are only printed if it failed
    return status


def _streams(call: Call) -> list[str]:
    """Return the names of --attach in lower case; none means all three. Raises InvalidInput."""
    streams = [stream.lower() for stream in call.values("attach")]
    for stream in streams:
        if stream not in ("stdin", "stdout", "stderr"):
            raise InvalidInput("not a stream", subject=f"--attach {stream}", hint="use stdin, stdout or stderr")
    if streams and call.flag("detach"):
        raise InvalidInput("--attach and --detach cannot be used together", subject="--attach", hint="leave one out")
    return streams


def _remove(call: Call, container_id: str) -> None:
    try:
        call.engine.containers.remove(container_id, force=True, volumes=True)
    except PycmanError as error:
        call.warn(str(error))
