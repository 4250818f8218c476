"""compose: run an installed compose program against this engine."""

from __future__ import annotations

import os
import socket
import sys
import time

from api_server.listener import default_address
from pycman.errors import CommandNotExecutable, NotFound, Unavailable
from pycman.linux.processes import how_to_install, reap, spawn
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.call import Call

_PLUGIN_FOLDERS = (
    "~/.docker/cli-plugins", "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
)  # fmt: skip
_IDLE_S = 5
_READY_S = 60.0
_HELD = b'GET /events?filters={"type":["none"]} HTTP/1.1\r\nHost: d\r\n\r\n'
"""A request without an end, and without a byte of an answer after its head: there is no event of this type."""


def run(call: Call) -> int:
    """Replace this process with the provider, which finds the engine by DOCKER_HOST, so that its exit status is passed on.

    The provider inherits an open request, with which the server stays exactly as long as it runs, however it ends. Called podman, help
    is followed by the provider's.
    """
    providers = containers_conf(call.engine.session).compose_providers
    arguments = call.arguments
    if arguments[:1] in ([], ["--help"], ["-h"]) and call.habits.podman_help:
        from cli.usage import print_help  # only imported for help

        print_help("compose")
        sys.stdout.flush()
        arguments = ["--help"]
        if not installed_provider(os.environ, providers):
            return 0
    provider = find_provider(os.environ, providers)
    environment = dict(os.environ)
    if call.habits.podman_help:
        environment = {"DOCKER_CONFIG": "", "DOCKER_BUILDKIT": "0", **environment}
    if not ("DOCKER_HOST" in os.environ or os.path.basename(provider) == "podman-compose" or arguments == ["--help"]):
        path, held = _served(call)
        os.set_inheritable(held, True)
        environment["DOCKER_HOST"] = f"unix://{path}"
        environment.setdefault("DOCKER_BUILDKIT", "0")  # else builds want a BuildKit, which the server is not
    call.print_warnings()
    try:
        os.execve(provider, [provider, *arguments], environment)
    except OSError as error:
        problem = (error.strerror or "").lower()
        raise CommandNotExecutable(
            problem,
            subject=provider,
            code="compose-not-executable",
            facts={"program": provider, "words": " ".join(arguments)},
        ) from error


def find_provider(environment: Mapping[str, str], providers: Sequence[str] = ()) -> str:
    """Return the path of PODMAN_COMPOSE_PROVIDER, else of the first of `providers` (containers.conf) that is installed, else of
    docker-compose or podman-compose. Raises NotFound.
    """
    found = installed_provider(environment, providers)
    if found:
        return found
    named = environment.get("PODMAN_COMPOSE_PROVIDER", "")
    if named:
        raise NotFound("no such program", subject=f"PODMAN_COMPOSE_PROVIDER={named}", hint="correct the variable")
    if providers:
        problem = f"none of compose_providers in containers.conf is installed: {', '.join(providers)}"
        raise NotFound(problem, subject="compose", hint="install one of them or change the setting")
    raise NotFound(
        "no compose program is installed",
        subject="compose",
        hint=f"{how_to_install('docker-compose')}, or install podman-compose",
    )


def installed_provider(environment: Mapping[str, str], providers: Sequence[str] = ()) -> str:
    """Return what `find_provider` finds, "" for nothing. A path that PODMAN_COMPOSE_PROVIDER names need not be executable yet."""
    named = environment.get("PODMAN_COMPOSE_PROVIDER", "")
    path = environment.get("PATH", os.defpath)
    if named:
        return named if "/" in named and os.path.isfile(named) else _which(named, path)
    if providers:
        candidates = [_expanded(provider, environment) for provider in providers]
    else:
        plugins = [f"{os.path.expanduser(folder)}/docker-compose" for folder in _PLUGIN_FOLDERS]
        candidates = [*plugins, "docker-compose", "podman-compose"]
    return next((found for candidate in candidates if (found := _which(candidate, path))), "")


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    """Return a path with $NAME and ${NAME} replaced: containers.conf's own list begins with $HOME/.docker/cli-plugins/docker-compose."""
    import re  # only where containers.conf names providers

    return re.sub(r"\$(\w+|\{\w+\})", lambda name: environment.get(name[1].strip("{}"), ""), text)


def _which(name: str, path: str) -> str:
    """Return the path of a program: `name` itself if it has a slash, else the first in the folders of `path`; "" for none."""
    folders = [""] if "/" in name else [f"{folder or '.'}/" for folder in path.split(":")]
    return next((f"{folder}{name}" for folder in folders if os.access(f"{folder}{name}", os.X_OK)), "")


def _served(call: Call) -> tuple[str, int]:
    """Return the path of the socket at which the API is served, and the descriptor of a request that keeps the server; start one
    that ends by itself if there is none. Raises Unavailable.
    """
    session = call.engine.session
    path = default_address(session.paths.run_root).path
    held = _hold(path)
    if held >= 0:
        return path, held
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    given = {name: str(call.globals.get(name, "")) for name in ("root", "runroot")}
    options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    program = _which(sys.argv[0], os.environ.get("PATH", os.defpath)) or os.path.abspath(sys.argv[0])
    argv = [program, *options, "system", "service", "--time", str(_IDLE_S)]
    try:
        pid = spawn(argv, env=os.environ, descriptors={0: null, 1: null}, new_session=True)
    finally:
        os.close(null)
    deadline = time.monotonic() + _READY_S
    while (held := _hold(path)) < 0:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            reap(pid)
            raise Unavailable("the server of the API has ended", subject=path, hint="see pycman system service")
        if time.monotonic() > deadline:
            raise Unavailable("the server of the API does not answer", subject=path, hint="see pycman system service")
        time.sleep(0.05)
    return path, held


def _hold(path: str) -> int:
    """Return the descriptor of a request at a server's socket that has been taken up, -1 if none answers there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(_READY_S)
        try:
            connection.connect(path)
            connection.sendall(_HELD)
            if not connection.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                return -1
        except OSError:
            return -1
        connection.settimeout(None)
        return connection.detach()
