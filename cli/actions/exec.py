"""exec: run one more command in a running container."""

from __future__ import annotations

import os

from cli.attach_session import check_terminal
from cli.several import latest
from cli.specs.pairs import parse_env
from cli.terminal import attached
from pycman.spec.container import ProcessSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Run the command."""
    name, *command = (latest(call), *call.arguments) if call.switch("latest") else call.arguments
    terminal, stdin, detach = call.switch("tty"), call.switch("interactive"), call.switch("detach")
    if not detach:
        check_terminal(terminal=terminal, stdin=stdin)
    env = parse_env(call.words("env"), call.words("env-file"), os.environ)
    if terminal and "TERM" not in env and os.environ.get("TERM"):
        env["TERM"] = os.environ["TERM"]
    process = ProcessSpec(
        command=tuple(command),
        env=env,
        user=call.text("user"),
        workdir=call.text("workdir"),
        terminal=terminal,
        stdin=stdin,
        privileged=call.switch("privileged"),
        detach_keys=call.text("detach-keys", "ctrl-p,ctrl-q"),
        preserve_fds=call.number("preserve-fds"),
    )
    containers = call.engine.containers
    if detach:
        call.print(containers.execute(name, process).session_id)
        return 0
    with attached(stdin=stdin, terminal=terminal, detach_keys=process.detach_keys) as streams:
        return containers.execute(name, process, streams=streams).exit_status
