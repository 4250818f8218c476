"""attach: attach to a running container."""

from __future__ import annotations

from cli.attach_session import check_terminal, detach_keys, proxy_to
from cli.targets import latest_container
from cli.terminal import attached
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Attach this terminal to the container until it ends or the user detaches; return its exit status."""
    if call.flag("latest") == bool(call.arguments):
        raise InvalidInput("attach needs one container", hint="name it, or use --latest")
    name = latest_container(call) if call.flag("latest") else call.arguments[0]
    config = call.engine.containers.inspect(name)["Config"]
    terminal = bool(config["Tty"])
    stdin = bool(config["OpenStdin"]) and not call.flag("no-stdin")
    check_terminal(call, terminal=terminal, stdin=stdin)
    proxy = proxy_to(call, name) if call.flag("sig-proxy", True) and not terminal else None
    with attached(
        stdin=stdin, terminal=terminal, detach_keys=detach_keys(call, terminal=terminal), proxy=proxy
    ) as streams:
        return call.engine.containers.attach(name, streams)
