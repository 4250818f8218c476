"""Addresses of the server (podman's words), and its listening socket: its own, or the one that systemd passes (sd_listen_fds(3))."""

from __future__ import annotations

import os
import socket

from pycman.errors import InvalidInput, from_os_error
from pycman.linux.attributes import dress
from pycman.linux.files import make_directory
from pycman.linux.stale_socket import remove_stale_socket
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST_PASSED = 3
BACKLOG = 1024
"""Connections that wait until they are accepted."""
_MODES = {True: 0o600, False: 0o660}
"""Of the socket of an ordinary user, and of root's: like docker's, with a group that root may give it."""
_LONGEST_PATH = 107
"""unix(7): sun_path with the NUL that ends it."""


class Address(Record):
    """Where the server listens: a unix socket at `path`, or TCP at `host` and `port`."""

    path: str = ""
    host: str = ""
    port: int = 0

    @property
    def uri(self) -> str:
        """Return the address as DOCKER_HOST takes it."""
        if self.path:
            return f"unix://{self.path}"
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


def default_address(run_root: str) -> Address:
    """Return the address without one on the command line: in the run root of the store that is served (/run/pycman for root)."""
    return Address(path=f"{run_root}/docker.sock")


def parse_address(text: str) -> Address:
    """Return unix:///PATH, /PATH or tcp://HOST:PORT as a value. Raises InvalidInput."""
    hint = "write unix:///run/pycman/docker.sock or tcp://127.0.0.1:2375"
    path = text.removeprefix("unix:").removeprefix("//") if text.startswith("unix:") else text
    if path.startswith("/"):
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise InvalidInput(f"a path of a socket has {_LONGEST_PATH} bytes at most", subject=text)
        return Address(path=os.path.normpath(path))
    if not text.startswith("tcp:"):
        raise InvalidInput(
            "not an address to listen on",
            subject=text,
            hint=hint,
            code="no-scheme",
            facts={"scheme": text.partition(":")[0] if ":" in text else "", "text": text},
        )
    text = text if text.startswith("tcp://") else text.replace("tcp:", "tcp://", 1)
    host, colon, port = text.removeprefix("tcp://").rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise InvalidInput("not an address to listen on", subject=text, hint=hint)
    return Address(host=host, port=int(port))


def listen(address: Address, *, rootless: bool) -> socket.socket:
    """Return the listening socket. A socket that a killed server left behind is replaced.

    Raises AlreadyExists if another server listens there, Denied, Unavailable.
    """
    try:
        return _listen_unix(address.path, _MODES[rootless]) if address.path else _listen_tcp(address)
    except OSError as error:
        raise from_os_error(error, subject=address.uri, doing="cannot listen") from error


def _listen_unix(path: str, mode: int) -> socket.socket:
    make_directory(os.path.dirname(path), 0o755)
    remove_stale_socket(path, hint="use that one, or another address")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    mask = os.umask(0o777 & ~mode)
    try:
        listener.bind(path)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(mask)
    dress(path, mode=mode)
    listener.listen(BACKLOG)
    return listener


def _listen_tcp(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def passed_listener(environment: Mapping[str, str]) -> socket.socket | None:
    """Return the socket that systemd has opened for this process, None if it has opened none. Raises InvalidInput for several."""
    if environment.get("LISTEN_PID") != str(os.getpid()) or not environment.get("LISTEN_FDS", "").isdigit():
        return None
    count = int(environment["LISTEN_FDS"])
    if count != 1:
        raise InvalidInput(f"it passes {count} sockets", subject="LISTEN_FDS", hint="write one Listen… into the unit")
    os.set_inheritable(_FIRST_PASSED, False)
    return socket.socket(fileno=_FIRST_PASSED)
