"""exec: run one more command in a running container."""

from __future__ import annotations

import os

from cli.attach_session import check_terminal, detach_keys
from cli.exit_status import ENGINE_FAILED
from cli.specs.descriptors import inherited_descriptors
from cli.specs.pairs import parse_env, read_lines
from cli.targets import latest_container
from cli.terminal import attached
from pycman.errors import PycmanError
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Run the command and return its exit status; with --detach print the session's id as podman does."""
    name, *command = _container_and_command(call)
    terminal, stdin, detach = call.flag("tty"), call.flag("interactive"), call.flag("detach")
    if not detach:
        check_terminal(call, terminal=terminal, stdin=stdin)
    env = parse_env(call.values("env"), call.values("env-file"), os.environ)
    if terminal and call.habits.exec_passes_term and "TERM" not in env and os.environ.get("TERM"):
        env["TERM"] = os.environ["TERM"]
    process = ProcessSpec(
        command=tuple(command),
        env=env,
        user=call.string("user"),
        workdir=call.string("workdir"),
        terminal=terminal,
        stdin=stdin,
        privileged=call.flag("privileged") if call.given("privileged") else None,
        detach_keys=detach_keys(call, terminal=terminal and not detach),
        inherited=inherited_descriptors(call),
    )
    containers = call.engine.containers
    if detach:
        try:
            session = containers.execute(name, process).session_id
        except PycmanError as error:
            if call.habits.podman_statuses:
                error.exit_status = ENGINE_FAILED
            raise
        if call.habits.exec_prints_session:
            call.print(session)
        return 0
    typed = terminal and stdin  # in raw mode: keys arrive as characters
    with attached(stdin=stdin, terminal=terminal, detach_keys=process.detach_keys, signals=not typed) as streams:
        return containers.execute(name, process, streams=streams).exit_status


def _container_and_command(call: Call) -> list[str]:
    """Return the container's name followed by the command; --latest and --cidfile name the container."""
    if call.flag("latest"):
        return [latest_container(call), *call.arguments]
    if call.string("cidfile"):
        return [*read_lines(call.string("cidfile"), "--cidfile")[:1], *call.arguments]
    return call.arguments
