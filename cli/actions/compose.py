"""compose: run an installed compose program against this engine."""

from __future__ import annotations

import os
import socket
import sys
import time

from api_server.listener import default_address
from pycman.errors import CommandNotExecutable, NotFound, Unavailable
from pycman.linux.processes import how_to_install, reap, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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

    The provider inherits an open request, with which the server stays exactly as long as it runs, however it ends.
    """
    if call.arguments[:1] in ([], ["--help"], ["-h"]) and call.habits.podman_help:
        from cli.usage import print_help  # only imported for help

        return print_help("compose")
    provider = find_provider(os.environ)
    environment = dict(os.environ)
    if "DOCKER_HOST" not in os.environ and os.path.basename(provider) != "podman-compose":
        path, held = _served(call)
        os.set_inheritable(held, True)
        environment["DOCKER_HOST"] = f"unix://{path}"
        environment.setdefault("DOCKER_BUILDKIT", "0")  # else builds want a BuildKit, which the server is not
    call.print_warnings()
    try:
        os.execve(provider, [provider, *call.arguments], environment)
    except OSError as error:
        raise CommandNotExecutable((error.strerror or "").lower(), subject=provider) from error


def find_provider(environment: Mapping[str, str]) -> str:
    """Return the path of PODMAN_COMPOSE_PROVIDER, else of docker-compose or podman-compose. Raises NotFound."""
    named = environment.get("PODMAN_COMPOSE_PROVIDER", "")
    path = environment.get("PATH", os.defpath)
    if named:
        found = _which(named, path)
        if not found:
            raise NotFound("no such program", subject=f"PODMAN_COMPOSE_PROVIDER={named}", hint="correct the variable")
        return found
    plugins = [f"{os.path.expanduser(folder)}/docker-compose" for folder in _PLUGIN_FOLDERS]
    for candidate in (*plugins, "docker-compose", "podman-compose"):
        found = _which(candidate, path)
        if found:
            return found
    raise NotFound(
        "no compose program is installed",
        subject="compose",
        hint=f"{how_to_install('docker-compose')}, or install podman-compose",
    )


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
