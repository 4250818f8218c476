"""start: start containers; with --attach or --interactive attach to the one that is named."""

from __future__ import annotations

from cli.targets import containers_meant, for_each
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Start the containers and print their names, or return the exit status of the one attached to."""
    names = containers_meant(call, stopped=True)
    containers = call.engine.containers
    if call.string("checkpoint") or call.string("checkpoint-dir"):
        return _continue(call, names)
    if not (call.flag("attach") or call.flag("interactive")):
        return for_each(call, names, containers.start)
    return _start_attached(call, names)


def _start_attached(call: Call, names: list[str]) -> int:
    from cli.attach_session import check_terminal, detach_keys, proxy_to  # 1 ms, only imported to attach
    from cli.terminal import attached  # the same

    containers = call.engine.containers
    if len(names) != 1:
        raise InvalidInput(
            "only one container can be attached", subject=" ".join(names), hint="start the others without -a"
        )
    config = containers.inspect(names[0])["Config"]
    terminal, stdin = bool(config["Tty"]), bool(config["OpenStdin"]) and call.flag("interactive")
    check_terminal(call, terminal=terminal, stdin=stdin)
    proxy = proxy_to(call, names[0]) if call.flag("sig-proxy", True) and not terminal else None
    keys = detach_keys(call, terminal=terminal)
    with attached(stdin=stdin, terminal=terminal, detach_keys=keys, proxy=proxy) as streams:
        return containers.start(names[0], streams=streams)[1]


def _continue(call: Call, names: list[str]) -> int:
    """Continue a container from one of its checkpoints, as docker's --checkpoint. Raises InvalidInput."""
    from pycman.containers.checkpoint.options import RestoreOptions  # the same
    from pycman.containers.checkpoint.place import Named  # only imported for --checkpoint

    checkpoint = call.string("checkpoint")
    if not checkpoint or len(names) != 1 or call.flag("attach") or call.flag("interactive"):
        raise InvalidInput(
            "it is for one container in the background, with --checkpoint",
            subject=f"--checkpoint {checkpoint}".strip(),
            hint="leave -a and -i and other containers out",
        )
    named = Named(name=checkpoint, directory=call.string("checkpoint-dir"))
    options = RestoreOptions(named=named, tcp_established=True)
    return for_each(call, names, lambda name: call.engine.containers.restore(name, options))
