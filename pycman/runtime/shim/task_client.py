"""Ask a shim over its socket: the task service of version 2 or 3 (containerd, api/runtime/task).

Who trusts a shim gives it a process, so what it says is bounded in length and time, not doubted.
"""

from __future__ import annotations

import _socket
import os
import sys
import time

from pycman.errors import PycmanError, RuntimeFailed, Unavailable
from pycman.jsontext import format_json, parse_json
from pycman.linux.files import read_text, write_atomic
from pycman.record import Record
from pycman.runtime.failures import UnknownToRuntime, classify
from pycman.runtime.shim.messages import ANSWERS, REQUESTS, TABLE
from pycman.runtime.shim.protobuf import decode, encode
from pycman.runtime.shim.ttrpc import Client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.runtime.shim.ttrpc import Reply

NAMESPACE = "pycman"
"""containerd's namespace of all containers; what tells two stores apart is the -address that their shims are started with."""
PROCESS_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Process"
RESOURCES_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources"
TIMEOUT_S = 20.0
CREATE_TIMEOUT_S = 120.0
"""A virtual machine is started by it."""
_NOT_FOUND = 5
_READ_BYTES = 65536
_LONGEST_MESSAGE = 4096
_LAST_PID = 1 << 22
"""The kernel's limit on 64-bit machines (proc(5), pid_max)."""
_METADATA = {"containerd-namespace-ttrpc": NAMESPACE}
_ADDRESS_FILE = "shim.json"
_STATUS_NAMES = (
    ": unknown",
    ": not found",
    ": failed precondition",
    ": already exists",
    ": invalid argument",
    ": unavailable",
)
"""How containerd's libraries end an error's text: with the name of its gRPC code."""


class ShimGone(Unavailable):
    """Nobody answers at the shim's socket."""

    reference = "shim-gone"


class ShimHung(RuntimeFailed):
    """The shim took a request and did not answer in time."""

    reference = "shim-hung"


class ShimAddress(Record):
    """Where a container's shim listens, the version of the task service that it has (2 or 3), and its process, 0 if not known."""

    address: str
    version: int = 2
    pid: int = 0
    started: int = 0


def write_address(bundle: str, address: ShimAddress) -> None:
    """Write down where the shim of the container in `bundle` is."""
    write_atomic(f"{bundle}/{_ADDRESS_FILE}", format_json(address.to_dict()), mode=0o600, sync=False)


def read_address(bundle: str) -> ShimAddress | None:
    """Return where the shim of the container in `bundle` is; None if it was never started."""
    text = read_text(f"{bundle}/{_ADDRESS_FILE}")
    return ShimAddress.from_dict(parse_json(text, subject=_ADDRESS_FILE)) if text else None


class TaskClient:
    """A connection to a shim, about the container `container_id`; `name` is the runtime's, for errors.

    Raises ShimGone. The caller must `close` it, or use it in a `with` block.
    """

    def __init__(self, where: ShimAddress, container_id: str, name: str) -> None:
        self._service = f"containerd.task.v{where.version}.Task"
        self._id = container_id
        self._name = name
        self._client = Client()
        self._socket = _connect(where.address, name)

    def __enter__(self) -> TaskClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` has something."""
        return self._socket.fileno()

    def call(
        self, method: str, *, timeout_s: float = TIMEOUT_S, command: str = "", workdir: str = "", **values: Any
    ) -> dict[str, Any]:
        """Have the shim do something and return its answer's fields.

        `command` and `workdir` name what is to be run, for errors. Raises UnknownToRuntime, what `classify` makes of the shim's
        message, ShimGone, ShimHung.
        """
        stream = self.send(method, timeout_s=timeout_s, **values)
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            replies = self.receive(max(left, 0.001))
            if replies is None:
                raise ShimGone("the shim has closed the connection", subject=self._name)
            for reply in replies:
                if reply.stream == stream:
                    return self._answer(method, reply, command, workdir)
            if left <= 0:
                raise ShimHung(f"the shim did not answer to {method} in time", subject=self._name)

    def send(self, method: str, *, timeout_s: float = 0, **values: Any) -> int:
        """Send a request about the container and return its stream id, without waiting for the answer. Raises ShimGone."""
        message = REQUESTS.get(method, f"{method}Request")
        payload = encode(TABLE, message, {"id": self._id, **values})
        stream, data = self._client.request(self._service, method, payload, _METADATA, timeout_s)
        try:
            self._socket.settimeout(TIMEOUT_S)
            self._socket.sendall(data)
        except OSError as error:
            raise ShimGone("the shim does not answer", subject=self._name) from error
        return stream

    def receive(self, timeout_s: float) -> list[Reply] | None:
        """Return the answers that arrive within that time, perhaps none; None if the shim has closed the connection."""
        try:
            self._socket.settimeout(timeout_s)
            data = self._socket.recv(_READ_BYTES)
        except (TimeoutError, BlockingIOError, InterruptedError):
            return []
        except OSError:
            return None
        return self._client.feed(data) if data else None

    def answer(self, method: str, reply: Reply) -> dict[str, Any]:
        """Return the fields of the answer to a `method` that was sent. Raises what `call` raises."""
        return self._answer(method, reply, "", "")

    def _answer(self, method: str, reply: Reply, command: str, workdir: str) -> dict[str, Any]:
        if reply.code:
            raise refusal(self._name, reply.message, reply.code, command, workdir)
        return decode(TABLE, ANSWERS.get(method, "Empty"), reply.payload)


def refusal(name: str, text: str, code: int = 0, command: str = "", workdir: str = "") -> PycmanError:
    """Return the error that a shim's words mean; its `facts` have them as they are ("said")."""
    text = text[:_LONGEST_MESSAGE]
    for ending in _STATUS_NAMES:
        text = text.removesuffix(ending)
    error = classify(name, text, command=command, workdir=workdir)
    if code == _NOT_FOUND and type(error) is RuntimeFailed:
        error = UnknownToRuntime("container unknown to the shim", subject=name)
    error.facts["said"] = text
    return error


def _connect(address: str, name: str) -> _socket.socket:
    """Connect to unix://PATH, or to an abstract socket as old shims have them (unix://@NAME), which everybody may take when it is free:
    whoever listens must be root, as every shim is, or this user.
    """
    path = address.removeprefix("unix://")
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    connection.settimeout(TIMEOUT_S)
    try:
        connection.connect(f"\0{path[1:]}" if path.startswith("@") else os.fsencode(path))
    except OSError as error:
        connection.close()
        raise ShimGone("its shim does not run", subject=name) from error
    owner = int.from_bytes(connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)[4:8], sys.byteorder)
    if owner not in (0, os.geteuid()):
        connection.close()
        raise ShimGone(f"the socket of its shim is the user {owner}'s", subject=name)
    return connection


def process_id(answer: dict[str, Any], name: str, field: str = "pid") -> int:
    """Return the pid in an answer of the shim `name`. Raises RuntimeFailed for what can be no process of its own: it may be killed later."""
    pid = int(answer[field])
    if not 1 < pid <= _LAST_PID:
        raise RuntimeFailed(f"the shim told no process: {pid}", subject=name)
    return pid
