"""One connection to a message bus: authentication, calls, and the end of a job of systemd's (D-Bus specification)."""

from __future__ import annotations

import _socket  # not `socket`, whose enums cost 5 ms
import time

from pycman.errors import Unavailable
from pycman.linux.systemd.wire import CALL, ERROR, RETURN, SIGNAL, Message, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SYSTEMD = "org.freedesktop.systemd1"
_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_MANAGER = (SYSTEMD, "/org/freedesktop/systemd1", f"{SYSTEMD}.Manager")
_ENDED_JOBS = f"type='signal',sender='{SYSTEMD}',interface='{SYSTEMD}.Manager',member='JobRemoved',path='{_MANAGER[1]}'"
_TIMEOUT_S = 25.0
_COMES_S = 2.0
_MOST_IN_A_LINE = 16384


class BusError(Unavailable):
    """The bus or systemd answered with an error; `name` is its D-Bus name (org.freedesktop.systemd1.NoSuchUnit)."""

    name: str = ""


def systemd_answers(path: str, uid: int) -> bool:
    """Say whether systemd's manager is on the bus at `path`: a session bus may be somebody else's.

    A user's bus is started by its first caller, and systemd comes to it a moment later.
    """
    until = time.monotonic() + (_COMES_S if path == f"/run/user/{uid}/bus" else 0)
    try:
        with Bus(path, uid) as bus:
            while not bus.call(_BUS, "NameHasOwner", "s", SYSTEMD)[0]:
                if time.monotonic() > until:
                    return False
                time.sleep(0.02)
            return True
    except (OSError, Unavailable):
        return False


class Bus:
    """A connection to the bus at a socket, as the user `uid` of the host: in a user namespace our own number is another.

    Every call raises OSError (the connection is lost) or BusError.
    """

    def __init__(self, path: str, uid: int) -> None:
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
        self._socket.settimeout(_TIMEOUT_S)
        self._serial = 0
        self._received = b""
        self._ended: dict[str, str] = {}
        try:
            self._socket.connect(path)
            self._authenticate(uid)
            self.call(_BUS, "Hello")
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def _authenticate(self, uid: int) -> None:
        self._socket.sendall(b"\0AUTH EXTERNAL " + str(uid).encode().hex().encode() + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n"):
            piece = self._socket.recv(512)
            answer += piece
            if not piece or len(answer) > _MOST_IN_A_LINE:
                raise BusError("the bus closed the connection", subject="D-Bus")
        if not answer.startswith(b"OK "):
            raise BusError("the bus does not accept this user", subject="D-Bus")
        self._socket.sendall(b"BEGIN\r\n")

    def call(self, target: tuple[str, str, str], member: str, signature: str = "", *values: Any) -> tuple[Any, ...]:
        """Call a method of (destination, path, interface) and return the values it returns."""
        self._serial += 1
        destination, path, interface = target
        fields = {"destination": destination, "path": path, "interface": interface, "member": member}
        message = Message(kind=CALL, serial=self._serial, fields=fields, body=values)
        self._socket.sendall(encode(message, signature))
        while True:
            answer = self._next()
            if answer.fields.get("reply_to") != self._serial:
                continue
            if answer.kind == RETURN:
                return answer.body
            raise _error(answer, member)

    def manager(self, member: str, signature: str = "", *values: Any) -> tuple[Any, ...]:
        """Call a method of systemd's manager."""
        return self.call(_MANAGER, member, signature, *values)

    def run_job(self, member: str, signature: str, *values: Any) -> str:
        """Call a method of the manager that starts a job, wait for its end, and return how it ended ("done")."""
        self.call(_BUS, "AddMatch", "s", _ENDED_JOBS)
        job = self.manager(member, signature, *values)[0]
        until = time.monotonic() + _TIMEOUT_S
        while job not in self._ended:
            if time.monotonic() > until:
                raise TimeoutError
            self._next()
        return self._ended.pop(job)

    def _next(self) -> Message:
        """Return the next message; the ends of jobs are kept, as one may be told before the call that started it returns."""
        while True:
            message, self._received = decode(self._received)
            if message is not None:
                break
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionResetError("the bus closed the connection")
            self._received += piece
        if message.kind == SIGNAL and message.fields.get("member") == "JobRemoved" and len(message.body) >= 4:
            self._ended[message.body[1]] = message.body[3]
        return message


def _error(answer: Message, member: str) -> BusError:
    name = str(answer.fields.get("error", ""))
    text = next((value for value in answer.body if isinstance(value, str)), "") or name or "it failed"
    error = BusError(text if answer.kind == ERROR else "not an answer", subject=f"systemd: {member}")
    error.name = name
    return error


def properties(pairs: Sequence[tuple[str, str, Any]]) -> list[tuple[str, tuple[str, Any]]]:
    """Return properties given as (name, signature, value) in the form of a(sv)."""
    return [(name, (signature, value)) for name, signature, value in pairs]
